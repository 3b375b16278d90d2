/* Provider-specific forms of scopes: behind a prefix, narrowed by another claim, or packed. */
#ifndef AUTH_TOKEN_SCOPE_SHAPE_H
#define AUTH_TOKEN_SCOPE_SHAPE_H

#include "auth/scope/principal.h"
#include "jose/claim_path.h"

/* The claims that one option names. */
struct claim_list {
    const struct claim_path *paths;
    size_t count;
};

/* The first listed claim that is present and not null, borrowed from claims; NULL: none is. */
const json_t *claims_first(const struct claim_list *list, const json_t *claims);

/* How a provider's scopes differ from RESOURCE:ACTION. Zeroed: they do not. */
struct scope_shape {
    const char *prefix;          /* cut off; a scope without it is dropped. NULL: none */
    struct claim_list narrowing; /* takes scopes away, and never adds one */
    bool packs_permissions;      /* Clerk's `fea`, `o.per` and `o.fpm` */
};

/* Rewrites the principal's scopes, as read from the claims, as RESOURCE:ACTION. What cannot be read
 * grants nothing. The new list is from the arena; `held` is not updated. */
void scope_shape_apply(const struct scope_shape *shape, const json_t *claims, arena *a,
                       struct principal *principal);

#endif

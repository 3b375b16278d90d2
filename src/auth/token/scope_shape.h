/* The forms of scopes that are specific to a provider: with a prefix, narrowed by another claim, or
 * packed. */
#ifndef AUTH_TOKEN_SCOPE_SHAPE_H
#define AUTH_TOKEN_SCOPE_SHAPE_H

#include "auth/scope/principal.h"
#include "jose/claim_path.h"

/* The claims that one option names. */
struct claim_list {
    const struct claim_path *paths;
    size_t count;
};

/* Returns the first listed claim that is present and not null, borrowed from the claims, or NULL if
 * there is none. */
const json_t *claims_first(const struct claim_list *list, const json_t *claims);

/* How a provider's scopes differ from RESOURCE:ACTION. A zeroed shape means that they do not. */
struct scope_shape {
    /* Removed from each scope; a scope without it is dropped. NULL if there is no prefix. */
    const char *prefix;
    struct claim_list narrowing; /* claims that take scopes away and never add one */
    /* whether scopes are packed as in Clerk's claims `fea`, `o.per` and `o.fpm` */
    bool packs_permissions;
};

/* Replaces the principal's scopes, as read from the claims, by scopes of the form RESOURCE:ACTION.
 * A claim that cannot be read grants nothing. A narrowing claim that is neither a list nor a text
 * with a scope takes none away. The new list is allocated in the arena. Must be called
 * before principal_give, because `held` is not updated. */
void scope_shape_apply(const struct scope_shape *shape, const json_t *claims, arena *a,
                       struct principal *principal);

#endif

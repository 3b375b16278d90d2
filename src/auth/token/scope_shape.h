/* The provider-specific forms of scopes: prefixed, narrowed by another claim, or packed. */
#ifndef AUTH_TOKEN_SCOPE_SHAPE_H
#define AUTH_TOKEN_SCOPE_SHAPE_H

#include "auth/scope/principal.h"
#include "jose/claim_path.h"

/* The claims that an option names. */
struct claim_list {
    const struct claim_path *paths;
    size_t count;
};

/* Returns the first listed claim that is present and not null, borrowed from the claims, or
 * NULL. */
const json_t *claims_first(const struct claim_list *list, const json_t *claims);

/* How a provider's scopes differ from RESOURCE:ACTION. A zeroed shape means that they do not. */
struct scope_shape {
    /* removed from each scope; scopes without it are dropped; NULL for none */
    const char *prefix;
    struct claim_list narrowing; /* claims that only remove scopes */
    /* scopes are packed as in Clerk's claims `fea`, `o.per` and `o.fpm` */
    bool packs_permissions;
};

/* Replaces the principal's scopes with scopes of the form RESOURCE:ACTION, in a new list allocated
 * from the arena. Unreadable claims grant nothing. A narrowing claim that is neither a list nor a
 * text with a scope removes none. Must be called before principal_set_scopes, because it does not
 * update `held`. */
void scope_shape_apply(const struct scope_shape *shape, const json_t *claims, arena *a,
                       struct principal *principal);

#endif

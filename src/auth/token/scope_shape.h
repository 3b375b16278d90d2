/* A provider's scopes in our form: prefixes cut, narrowed by another claim, unpacked. */
#ifndef AUTH_TOKEN_SCOPE_SHAPE_H
#define AUTH_TOKEN_SCOPE_SHAPE_H

#include "auth/scope/principal.h"
#include "jose/claim_path.h"

struct claim_list {
    const struct claim_path *paths;
    size_t count;
};

/* The first of them that is there and not null; NULL: none. */
const json_t *claims_first(const struct claim_list *list, const json_t *claims);

/* How a provider's scopes differ from ours. Zero: they do not. */
struct scope_shape {
    const char *prefix;          /* cut off; a scope without it does not count. NULL: none */
    struct claim_list narrowing; /* takes scopes away, and never adds one */
    bool packs_permissions;      /* Clerk's `fea`, `o.per` and `o.fpm` */
};

/* Rewrites the scopes that were read in our form. What cannot be read grants nothing. */
void scope_shape_apply(const struct scope_shape *shape, const json_t *claims, arena *a,
                       struct principal *principal);

#endif

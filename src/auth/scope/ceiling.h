/* The scopes that an issuer's tokens may confer (docs/design/security.md 4). */
#ifndef AUTH_SCOPE_CEILING_H
#define AUTH_SCOPE_CEILING_H

#include "auth/explain/explain.h"
#include "auth/scope/principal.h"

struct ceiling {
    bool has_grants; /* if false, the ceiling removes only the scopes that must be listed */
    const str *grants;
    size_t count;
    const char *admin_scope;
};

/* Returns whether the ceiling allows this scope. Invalid scopes are allowed, since they grant
 * nothing. */
bool ceiling_allows(const struct ceiling *ceiling, str scope);

/* Returns the principal without the scopes that exceed the ceiling, allocated from the arena, or
 * `who` itself if none does. The admin scope and the scopes of `authz` and `service_accounts` need
 * a grant that lists them. */
const struct principal *ceiling_apply(const struct ceiling *ceiling, const struct principal *who,
                                      arena *a, struct explanation *why);

#endif

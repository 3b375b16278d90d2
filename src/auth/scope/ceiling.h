/* The most that an issuer's tokens can confer, whatever the tokens themselves say
 * (docs/design/security.md 4). */
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

/* Returns true if the ceiling lets this scope through. A text that is not a scope passes, since it
 * grants nothing. */
bool ceiling_allows(const struct ceiling *ceiling, str scope);

/* Returns the principal without the scopes that exceed the ceiling, allocated in the arena, or
 * `who` itself if no scope exceeds it. The admin scope, and the scopes of `authz` and
 * `service_accounts`, count only if the grants list them. */
const struct principal *ceiling_apply(const struct ceiling *ceiling, const struct principal *who,
                                      arena *a, struct explanation *why);

#endif

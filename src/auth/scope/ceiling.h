/* The most that an issuer's tokens can confer, whatever they say (docs/design/security.md 4). */
#ifndef AUTH_SCOPE_CEILING_H
#define AUTH_SCOPE_CEILING_H

#include "auth/explain/explain.h"
#include "auth/scope/principal.h"

struct ceiling {
    bool has_grants; /* false: no ceiling, but for the scopes that must be listed */
    const str *grants;
    size_t count;
    const char *admin_scope;
};

/* The principal without the scopes that exceed the ceiling, from the arena; `who` itself if none
 * does. The admin scope, `authz:*` and `service_accounts:*` count only where grants list them. */
const struct principal *ceiling_apply(const struct ceiling *ceiling, const struct principal *who,
                                      arena *a, struct explanation *why);

#endif

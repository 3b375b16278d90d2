/* The most that an issuer's tokens can confer, whatever they say (docs/design/security.md 4). */
#ifndef AUTH_SCOPE_CEILING_H
#define AUTH_SCOPE_CEILING_H

#include "auth/explain/explain.h"
#include "auth/scope/principal.h"

struct ceiling {
    bool has_grants; /* false: everything but the scopes that must be listed */
    const str *grants;
    size_t count;
    const char *admin_scope;
};

/* The principal without what the ceiling takes: who itself when that is nothing. The admin scope,
 * `authz:*` and `service_accounts:*` count only where grants list them. From the arena. */
const struct principal *ceiling_apply(const struct ceiling *ceiling, const struct principal *who,
                                      arena *a, struct explanation *why);

#endif

/* The scopes that a caller may grant to a service account: at most the caller's own. */
#ifndef AUTH_SCOPE_GRANT_H
#define AUTH_SCOPE_GRANT_H

#include "auth/scope/principal.h"

struct granter {
    const struct principal *principal;
    /* The caller reaches only their own rows and must not grant the admin scope, which lifts this
     * limit. */
    bool is_pinned;
    const char *admin_scope;
};

/* Returns whether this is a scope that can be granted: the admin scope, or a scope of at most
 * SCOPE_MAX_BYTES without blanks, commas and control characters. */
bool grant_is_scope(str scope, const char *admin_scope);

/* Returns whether granting this scope requires confirmation: the admin scope, an invalid scope, and
 * every scope that writes, deletes, administers, revokes, or gives power over other callers. */
bool grant_is_privileged(str scope, const char *admin_scope);

/* Returns whether the granter holds the scope. agents:run covers agents:x:run, and the admin scope
 * covers everything. A caller whose scopes are not checked holds every scope, but the admin scope
 * only if verified and not limited to their own rows. */
bool grant_is_held(const struct granter *granter, const char *scope);

#endif

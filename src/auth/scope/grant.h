/* The scopes that a caller may grant to a service account, which are at most the caller's own. */
#ifndef AUTH_SCOPE_GRANT_H
#define AUTH_SCOPE_GRANT_H

#include "auth/scope/principal.h"

struct granter {
    const struct principal *principal;
    /* The caller reaches only their own rows, so they may not grant the admin scope, which would
     * lift this limit. */
    bool is_pinned;
    const char *admin_scope;
};

/* Returns true if this is a scope that can be granted: the admin scope, or a scope of at most
 * SCOPE_MAX_BYTES without blanks, commas and control characters. */
bool grant_is_scope(str scope, const char *admin_scope);

/* Returns true if a request must confirm this scope. This is so for the admin scope, for a text
 * that is not a scope, and for every scope that writes, deletes, administers or revokes, or that
 * gives power over other callers. */
bool grant_is_privileged(str scope, const char *admin_scope);

/* Returns true if the granter holds the scope. agents:run covers agents:x:run, and the admin scope
 * covers everything. A caller whose scopes are not checked holds every scope, but holds the admin
 * scope only if they were verified and are not pinned to their own rows. */
bool grant_is_held(const struct granter *granter, const char *scope);

#endif

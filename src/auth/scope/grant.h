/* The scopes that a caller may grant to a service account: no more than they hold themselves. */
#ifndef AUTH_SCOPE_GRANT_H
#define AUTH_SCOPE_GRANT_H

#include "auth/scope/principal.h"

struct granter {
    const struct principal *principal;
    bool is_pinned; /* reaches only their own rows: may not grant the admin scope, which lifts that
                     */
    const char *admin_scope;
};

/* Is this a scope that can be granted: the admin scope, or one without blanks, commas and control
 * characters? */
bool grant_is_scope(str scope, const char *admin_scope);

/* Must a request confirm this scope? So must any that changes, deletes, or decides over others. */
bool grant_is_privileged(str scope, const char *admin_scope);

/* Does the granter hold it? agents:run covers agents:x:run, and the admin scope covers everything.
 * A caller of whom no scope is asked holds everything, but the admin scope if they are pinned. */
bool grant_is_held(const struct granter *granter, const char *scope);

#endif

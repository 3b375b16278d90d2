/* What a caller may give to a machine: a service account gets no more than its maker holds. */
#ifndef AUTH_SCOPE_GRANT_H
#define AUTH_SCOPE_GRANT_H

#include "auth/scope/principal.h"

struct granter {
    const struct principal *principal;
    bool is_pinned; /* to his own rows: what lifts that is not his to give */
    const char *admin_scope;
};

/* Something that can be granted at all? */
bool grant_is_scope(str scope, const char *admin_scope);

/* To be given deliberately alone: whatever changes, deletes, or decides over others. */
bool grant_is_privileged(str scope, const char *admin_scope);

/* Does he hold it himself? agents:run covers agents:x:run; the admin scope covers everything, and
 * so does a caller of whom no scope is asked, but for the admin scope where he is pinned. */
bool grant_is_held(const struct granter *granter, const char *scope);

#endif

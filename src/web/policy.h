/* What each route demands of its callers in this configuration: the table's access, changed by
 * scope_mappings and excluded_routes. Resolved to rows once, before the server starts; immutable.
 * Everything that decides or shows access asks here. */
#ifndef WEB_POLICY_H
#define WEB_POLICY_H

#include "auth/scope/role.h"
#include "web/surface.h"

/* Strings are borrowed for the call of policy_make. */
struct policy_options {
    const struct named_scopes *mappings; /* by "METHOD /path", {name} and * stand for anything */
    size_t mapping_count;
    const char *const *excluded; /* in place of the table's public rows; NULL: those stay */
    size_t excluded_count;
    const char *const *excluded_add;
    size_t excluded_add_count;
    const char *admin_scope; /* NULL: agent_os:admin */
};

/* "OPTION: sentence" */
struct policy_warning {
    const char *option, *sentence;
};

struct policy {
    const struct route *table; /* the surface's rows, and how many there are */
    size_t count;
    const struct access *rows;             /* as many */
    const struct policy_warning *warnings; /* what was asked for and has no effect */
    size_t warning_count;
};

/* From the arena; the surface's own policy is not read. INVALID: a key of the mappings is not
 * "METHOD /path", a scope is not valid, an excluded route is not a path, or a list is too long. */
MUST_USE agentos_status policy_make(const struct surface *surface,
                                    const struct policy_options *options, arena *a,
                                    struct policy *out, agentos_error *err);

/* What the row demands. policy NULL: what its table says. The row must be of the policy's table. */
const struct access *policy_access(const struct policy *policy, const struct route *row);

/* Must the caller show a credential? Not on a public row's path, whatever the method. row NULL: no
 * such path. */
bool policy_needs_credential(const struct policy *policy, const struct route *row);

/* The caller of a public row: anonymous. On a row that is open only by configuration, handlers ask
 * no scope of them either. row NULL: no such path. */
const struct principal *policy_anonymous(const struct policy *policy, const struct route *row);

/* Is the row public by configuration, though not in the table? */
bool policy_is_opened(const struct policy *policy, const struct route *row);

#endif

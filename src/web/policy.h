/* The access that each route demands in this configuration: the access of the table, changed by
 * scope_mappings and excluded_routes. It is compiled once, before the server starts, and is
 * immutable. All code that decides about access or shows it uses this policy. */
#ifndef WEB_POLICY_H
#define WEB_POLICY_H

#include "auth/scope/role.h"
#include "web/surface.h"

/* The options of policy_make, whose texts are borrowed for the call. */
struct policy_options {
    /* named "METHOD /path", where {name} and * stand for any text */
    const struct named_scopes *mappings;
    size_t mapping_count;
    /* replaces the public rows of the table; NULL if they stay public */
    const char *const *excluded;
    size_t excluded_count;
    const char *const *excluded_add;
    size_t excluded_add_count;
    const char *admin_scope; /* NULL for agent_os:admin */
};

/* A warning, which is shown as "OPTION: SENTENCE". */
struct policy_warning {
    const char *option, *sentence;
};

struct policy {
    const struct route *table; /* the surface's rows and their number */
    size_t count;
    const struct access *rows;             /* one for each row of the table */
    const struct policy_warning *warnings; /* options that have no effect */
    size_t warning_count;
};

/* Compiles the policy into *out, allocated in the arena; the surface's own policy is not read.
 * Returns INVALID if a key of the mappings is not "METHOD /path", if a scope is not valid, if an
 * excluded route is not a path, or if a list is too long. */
MUST_USE agentos_status policy_make(const struct surface *surface,
                                    const struct policy_options *options, arena *a,
                                    struct policy *out, agentos_error *err);

/* Returns the access that the row demands, or that of the table if policy is NULL. The row must be
 * in the policy's table. */
const struct access *policy_access(const struct policy *policy, const struct route *row);

/* Returns true if the caller must show a credential. On the path of a public row no credential is
 * needed, whatever the method is. row is NULL if the path does not exist, in which case a
 * credential is needed. */
bool policy_needs_credential(const struct policy *policy, const struct route *row);

/* Returns the anonymous principal, who may call a public row. On a row that only the configuration
 * has opened, this principal's scopes are not checked either. row is NULL if the path does not
 * exist. */
const struct principal *policy_anonymous(const struct policy *policy, const struct route *row);

/* Returns true if the configuration has made the row public although it is not public in the
 * table. */
bool policy_is_opened(const struct policy *policy, const struct route *row);

#endif

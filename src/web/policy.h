/* The access required for each route: that of the table, changed by scope_mappings and
 * excluded_routes. Compiled once before the server starts; immutable. */
#ifndef WEB_POLICY_H
#define WEB_POLICY_H

#include "auth/scope/role.h"
#include "web/surface.h"

/* The options of policy_make. Texts are borrowed for the call. */
struct policy_options {
    /* keyed by "METHOD /path", where {name} and * match any text */
    const struct named_scopes *mappings;
    size_t mapping_count;
    /* replaces the table's public routes; NULL keeps them */
    const char *const *excluded;
    size_t excluded_count;
    const char *const *excluded_add;
    size_t excluded_add_count;
    const char *admin_scope; /* NULL for agent_os:admin */
};

/* Shown as "OPTION: SENTENCE". */
struct policy_warning {
    const char *option, *sentence;
};

struct policy {
    const struct route *table; /* the surface's routes */
    size_t count;
    const struct access *rows;             /* one for each route */
    const struct policy_warning *warnings; /* options that have no effect */
    size_t warning_count;
};

/* Compiles the policy into *out, allocated in the arena. Ignores the surface's own policy. Returns
 * INVALID if a key is not "METHOD /path", a scope is not valid, an excluded route is not a path, or
 * a list is too long. */
MUST_USE agentos_status policy_make(const struct surface *surface,
                                    const struct policy_options *options, arena *a,
                                    struct policy *out, agentos_error *err);

/* Returns the access of the route, which must be in the policy's table. If policy is NULL, returns
 * that of the table. */
const struct access *policy_access(const struct policy *policy, const struct route *row);

/* Returns true if the caller must show a credential. A public route needs none, with any method.
 * `row` is NULL for an unknown path, which needs one. */
bool policy_needs_credential(const struct policy *policy, const struct route *row);

/* Returns the principal of a caller without a credential. Its scopes are not checked on a route
 * that only the configuration makes public. `row` is NULL for an unknown path. */
const struct principal *policy_anonymous(const struct policy *policy, const struct route *row);

/* Returns true if the configuration makes the route public and the table does not. */
bool policy_is_opened(const struct policy *policy, const struct route *row);

#endif

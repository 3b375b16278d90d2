/* The roles of the configuration: named lists of scopes, looked up for each request. */
#ifndef AUTH_SCOPE_ROLE_H
#define AUTH_SCOPE_ROLE_H

#include "auth/explain/explain.h"
#include "auth/scope/principal.h"
#include "base/map.h"

/* A role or a route of scope_mappings, with its scopes. All texts are borrowed. */
struct named_scopes {
    const char *name;
    const char *const *scopes;
    size_t count;
};

struct role_table {
    struct map by_name; /* from the name to its struct role (role.c) */
    const char *admin_scope;
};

/* The roles of one block of the configuration. */
struct role_options {
    const char *name; /* the name in messages, such as "authorization.roles" */
    const struct named_scopes *all;
    size_t count;
    const char *admin_scope;
};

/* Copies the roles into an empty table, allocated from the arena. The caller must call
 * role_table_clear before the arena is freed, even on failure. Returns INVALID with "NAME: REASON"
 * for more than ROLES_MAX roles or an empty name, and with "NAME.ROLE: REASON" for a repeated name
 * or an invalid scope. The admin scope is valid. */
MUST_USE agentos_status role_table_read(const struct role_options *options, arena *a,
                                        struct role_table *out, agentos_error *err);
void role_table_clear(struct role_table *table);

/* Returns a copy of the principal that also holds the scopes of its roles, allocated from the
 * arena, or `who` itself if they grant nothing. Unknown roles grant nothing. */
const struct principal *role_table_apply(const struct role_table *table,
                                         const struct principal *who, arena *a,
                                         struct explanation *why);

#endif

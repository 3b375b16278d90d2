/* Roles of the configuration: named lists of scopes. They are looked up for each request, not
 * remembered with a token: a principal carries the names alone. */
#ifndef AUTH_SCOPE_ROLE_H
#define AUTH_SCOPE_ROLE_H

#include "auth/explain/explain.h"
#include "auth/scope/principal.h"
#include "base/map.h"

/* A name and the scopes behind it: a role, or a route of scope_mappings. Borrowed. */
struct named_scopes {
    const char *name;
    const char *const *scopes;
    size_t count;
};

struct role_table {
    struct map by_name; /* -> struct role */
    const char *admin_scope;
};

/* One block of the configuration. */
struct role_options {
    const char *name; /* in sentences: "authorization.roles" */
    const struct named_scopes *all;
    size_t count;
    const char *admin_scope;
};

/* Fills an empty table, and copies everything into the arena; clear the table with role_table_clear
 * before the arena goes. INVALID with "NAME.ROLE: why": more than ROLES_MAX, an empty name, a
 * repeated name, a text that is neither a scope nor the admin scope. */
MUST_USE agentos_status role_table_read(const struct role_options *options, arena *a,
                                        struct role_table *out, agentos_error *err);
void role_table_clear(struct role_table *table);

/* The principal with what its roles grant, from the arena; `who` itself if they grant nothing. An
 * unknown role grants nothing. */
const struct principal *role_table_apply(const struct role_table *table,
                                         const struct principal *who, arena *a,
                                         struct explanation *why);

#endif

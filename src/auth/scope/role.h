/* The roles of the configuration, which are named lists of scopes. They are looked up for each
 * request and not cached with a token: a principal carries only the names. */
#ifndef AUTH_SCOPE_ROLE_H
#define AUTH_SCOPE_ROLE_H

#include "auth/explain/explain.h"
#include "auth/scope/principal.h"
#include "base/map.h"

/* A name and its scopes: a role, or a route of scope_mappings. All texts are borrowed. */
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

/* Fills in an empty table and copies everything into the arena. The caller must call
 * role_table_clear before the arena is freed, even if this fails. Returns INVALID with "NAME: why"
 * if there are more than ROLES_MAX roles or a name is empty, and with "NAME.ROLE: why" if a name
 * is repeated or a text is neither a scope nor the admin scope. */
MUST_USE agentos_status role_table_read(const struct role_options *options, arena *a,
                                        struct role_table *out, agentos_error *err);
void role_table_clear(struct role_table *table);

/* Returns a copy of the principal, in the arena, that also holds the scopes of its roles, or `who`
 * itself if they grant nothing. An unknown role grants nothing. */
const struct principal *role_table_apply(const struct role_table *table,
                                         const struct principal *who, arena *a,
                                         struct explanation *why);

#endif

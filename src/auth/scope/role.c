/* The roles of the configuration, which add scopes to a principal. */
#include "auth/scope/role.h"

#include "auth/scope/scope.h"
#include "base/ensure.h"
#include "base/limits.h"

struct role {
    const str *scopes;
    size_t count;
    const struct scope_set *set; /* the same scopes */
};

/* ---- reading ---- */

/* Validates the scopes of one role and copies them to the arena. */
static agentos_status read_scopes(const char *option, const struct named_scopes *from,
                                  const char *admin_scope, arena *a, struct role *out,
                                  agentos_error *err)
{
    str *scopes = arena_array(a, from->count, sizeof(*scopes));
    struct scope parsed;

    ensure(from->count == 0 || from->scopes != NULL);
    for (size_t i = 0; i < from->count; i++) {
        str text = str_of(from->scopes[i]);

        if (!scope_parse(text, &parsed) && !str_equal(text, str_of(admin_scope)))
            return fail_about(err, AGENTOS_INVALID, "%s",
                              QUOTED " is not a scope: write RESOURCE:ACTION or "
                                     "RESOURCE:ID:ACTION, such as agents:read",
                              option, QUOTE(text));
        scopes[i] = (str){ arena_copy(a, text), text.len };
    }
    *out = (struct role){ scopes, from->count, scope_set_new(a, scopes, from->count) };
    return AGENTOS_OK;
}

/* Adds one role to the table. Rejects an empty or repeated name. */
static agentos_status read_role(const char *name, const struct named_scopes *from,
                                struct role_table *table, arena *a, agentos_error *err)
{
    ensure(name != NULL && from->name != NULL);
    struct role *role = arena_alloc(a, sizeof(*role));
    const char *option = arena_printf(a, "%s.%s", name, from->name);

    if (from->name[0] == '\0')
        return fail_about(err, AGENTOS_INVALID, "%s", "a role without a name", name);
    TRY(read_scopes(option, from, table->admin_scope, a, role, err));
    if (map_put(&table->by_name, str_of(from->name), role) != NULL)
        return fail_about(err, AGENTOS_INVALID, "%s", "duplicate role", option);
    return AGENTOS_OK;
}

/* Copies the roles into an empty table. Everything is allocated from the arena. */
agentos_status role_table_read(const struct role_options *options, arena *a, struct role_table *out,
                               agentos_error *err)
{
    ensure(out->by_name.count == 0 && options->admin_scope != NULL);
    if (options->count > ROLES_MAX)
        return fail_about(err, AGENTOS_INVALID, "%s", "more than %d roles", options->name,
                          ROLES_MAX);
    out->admin_scope = arena_copy(a, str_of(options->admin_scope));
    for (size_t i = 0; i < options->count; i++)
        TRY(read_role(options->name, &options->all[i], out, a, err));
    return AGENTOS_OK;
}

void role_table_clear(struct role_table *table)
{
    map_clear(&table->by_name);
}

/* ---- applying ---- */

/* Counts the scopes that the principal's roles grant, including duplicates. */
static size_t count_granted(const struct role_table *table, const struct principal *who)
{
    size_t count = 0;

    ensure(who->role_count == 0 || who->roles != NULL);
    for (size_t i = 0; i < who->role_count; i++) {
        const struct role *role = map_get(&table->by_name, who->roles[i]);

        if (role != NULL)
            count += role->count;
    }
    return count;
}

/* Explains what this role grants. `role` is NULL if the configuration does not define it. */
static void explain_role(struct explanation *why, str name, const struct role *role)
{
    if (role == NULL) {
        explain_each(why, "role", false, QUOTED " is not configured, so it grants nothing",
                     QUOTE(name));
        return;
    }
    for (size_t i = 0; i < role->count; i++)
        explain_each(why, "held", true, QUOTED " from the role " QUOTED, QUOTE(role->scopes[i]),
                     QUOTE(name));
}

/* Appends the scopes to the list, which must have room for them. Returns the new count. */
static size_t append_scopes(str *list, size_t count, const str *added, size_t added_count)
{
    ensure(added_count == 0 || added != NULL);
    for (size_t i = 0; i < added_count; i++)
        list[count + i] = added[i];
    return count + added_count;
}

/* Returns a copy of the principal that also holds the `granted` scopes of its roles. */
static struct principal *add_role_scopes(const struct role_table *table,
                                         const struct principal *who, size_t granted, arena *a)
{
    struct principal *extended = arena_alloc(a, sizeof(*extended));
    str *scopes = arena_array(a, who->scope_count + granted, sizeof(*scopes));
    size_t count = append_scopes(scopes, 0, who->scopes, who->scope_count);

    *extended = *who;
    for (size_t i = 0; i < who->role_count; i++) {
        const struct role *role = map_get(&table->by_name, who->roles[i]);

        if (role == NULL) /* not configured */
            continue;
        count = append_scopes(scopes, count, role->scopes, role->count);
        extended->held = scope_set_join(a, role->set, extended->held);
    }
    ensure(count == who->scope_count + granted);
    extended->scopes = scopes;
    extended->scope_count = count;
    return extended;
}

/* Returns the principal, or a copy with more scopes if its roles grant any. */
const struct principal *role_table_apply(const struct role_table *table,
                                         const struct principal *who, arena *a,
                                         struct explanation *why)
{
    size_t granted = count_granted(table, who);

    for (size_t i = 0; why != NULL && i < who->role_count; i++)
        explain_role(why, who->roles[i], map_get(&table->by_name, who->roles[i]));
    if (granted == 0)
        return who;
    ensure(table->admin_scope != NULL && table->admin_scope[0] != '\0');
    struct principal *extended = add_role_scopes(table, who, granted, a);
    extended->is_admin =
        !who->is_unverified && principal_holds_text(extended, str_of(table->admin_scope));
    return extended;
}

/* The policy compiled from `scope_mappings` and `excluded_routes`. Their globs are matched against
 * the patterns of rows, never against a request's path: what a configuration opens is a list of
 * rows that can be read before anyone calls. */
#include "web/policy.h"

#include "auth/scope/scope.h"
#include "base/ensure.h"
#include "base/limits.h"

static const char mappings_name[] = "authorization.scope_mappings";

struct compilation {
    const struct surface *surface;
    const struct policy_options *options;
    arena *arena;
    struct access *rows;
    struct policy_warning *warnings;
    size_t warning_count, warnings_max;
};

static void add_warning(struct compilation *m, const char *option, const char *sentence)
{
    ensure(m->warning_count < m->warnings_max);
    m->warnings[m->warning_count++] = (struct policy_warning){ option, sentence };
}

/* ---- keys: "GET /agents/{id}/runs", "/health" ---- */

/* The key or pattern as a glob: a variable {name} becomes a star, since a key need not call it as
 * the table does; a slash at the end goes, as it does from a request's path. */
static str glob_of(arena *a, str text)
{
    char *out = arena_alloc(a, text.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        const char *end = text.ptr[i] == '{' ? memchr(text.ptr + i, '}', text.len - i) : NULL;

        out[len++] = end != NULL ? '*' : text.ptr[i];
        if (end != NULL)
            i = (size_t)(end - text.ptr);
    }
    while (len > 1 && out[len - 1] == '/' && out[len - 2] != ' ') /* as from a request's path */
        len--;
    ensure(len <= text.len);
    return (str){ out, len };
}

/* "GET /agents/{agent_id}", as the table names the row. */
static str row_name(arena *a, const struct route *row)
{
    return str_of(arena_printf(a, "%s %s", method_name(row->method), row->pattern));
}

static bool is_glob(str text)
{
    return str_has(text, '*') || str_has(text, '?');
}

/* Does the key name exactly this row, with its method? Variables may have other names. */
static bool names_row(arena *a, str key, const struct route *row)
{
    return !is_glob(key) && str_equal(glob_of(a, key), glob_of(a, row_name(a, row)));
}

static bool has_method(str key)
{
    str rest = key;

    return method_find(str_split(&rest, ' ')) != METHOD_OTHER && str_starts(rest, STR("/"));
}

/* ---- scope_mappings ---- */

/* A scope of a mapping must be one that tokens can hold, or the admin scope of this server. */
static agentos_status check_scope(const struct compilation *m, const struct named_scopes *mapping,
                                  str scope, agentos_error *err)
{
    const char *admin = m->options->admin_scope;
    struct scope parsed;

    if (scope_parse(scope, &parsed) && !str_has(scope, ',') && !str_has(scope, ' '))
        return AGENTOS_OK;
    if (admin != NULL && str_equal(scope, str_of(admin)))
        return AGENTOS_OK;
    return fail_about(
        err, AGENTOS_INVALID, "authorization.scope_mappings.%.*s",
        QUOTED " is no scope; one is RESOURCE:ACTION or RESOURCE:ID:ACTION, and roles give such "
               "names to what a provider calls otherwise",
        QUOTE(str_of(mapping->name)), QUOTE(scope));
}

/* "a:read, b:read", as struct access has several scopes; NULL: the mapping asks for none. */
static const char *join_scopes(arena *a, const struct named_scopes *mapping)
{
    const char *joined = NULL;

    for (size_t i = 0; i < mapping->count; i++)
        joined = joined == NULL ? arena_copy(a, str_of(mapping->scopes[i]))
                                : arena_printf(a, "%s, %s", joined, mapping->scopes[i]);
    return joined;
}

static bool asks_for_admin(const struct compilation *m, const struct named_scopes *mapping)
{
    const char *admin = m->options->admin_scope;

    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->scopes[i], admin != NULL ? admin : "agent_os:admin") == 0)
            return true;
    return false;
}

/* The row's access with the mapping's scopes in place of the table's. The row's gate stays, and so
 * does the admin scope: nothing else stands for it. */
static struct access map_access(const struct compilation *m, const struct access *row,
                                const struct named_scopes *mapping)
{
    const char *scopes = join_scopes(m->arena, mapping);
    struct access access = { row->kind, scopes, row->gate, row->people_only };

    ensure(row->kind != ACCESS_UNSTATED);
    if (row->kind == ACCESS_ADMIN)
        return *row;
    if (asks_for_admin(m, mapping))
        return (struct access){ ACCESS_ADMIN, .scope = scopes, .people_only = row->people_only };
    if (row->kind == ACCESS_LISTING)
        access.gate = row->scope; /* it is filtered all the same */
    if (scopes == NULL && access.gate == NULL)
        return (struct access){ .kind = ACCESS_TOKEN, .people_only = row->people_only };
    if (row->kind == ACCESS_TOKEN || row->kind == ACCESS_PUBLIC)
        access.kind = ACCESS_SCOPED;
    return access;
}

/* The mapping of this row: the one that names it, or else the first whose glob fits; NULL: none. */
static const struct named_scopes *find_mapping(const struct compilation *m, const struct route *row)
{
    const struct policy_options *options = m->options;

    for (size_t i = 0; i < options->mapping_count; i++)
        if (names_row(m->arena, str_of(options->mappings[i].name), row))
            return &options->mappings[i];
    for (size_t i = 0; i < options->mapping_count; i++) {
        str key = str_of(options->mappings[i].name);

        if (is_glob(key) && glob_match(glob_of(m->arena, key), row_name(m->arena, row)))
            return &options->mappings[i];
    }
    return NULL;
}

/* Every key is METHOD /path and every scope a scope, whether a row fits or not. */
static agentos_status check_mappings(const struct compilation *m, agentos_error *err)
{
    for (size_t i = 0; i < m->options->mapping_count; i++) {
        const struct named_scopes *mapping = &m->options->mappings[i];

        if (!has_method(str_of(mapping->name)))
            return fail_about(err, AGENTOS_INVALID, "authorization.scope_mappings.%.*s",
                              "a key is METHOD /path", QUOTE(str_of(mapping->name)));
        for (size_t j = 0; j < mapping->count; j++)
            TRY(check_scope(m, mapping, str_of(mapping->scopes[j]), err));
    }
    return AGENTOS_OK;
}

/* Changes the access of each row that a mapping fits; a mapping without effect is a warning. */
static void apply_mappings(struct compilation *m)
{
    bool *is_used = arena_alloc(m->arena, m->options->mapping_count + 1);

    for (size_t i = 0; i < m->surface->count; i++) {
        const struct route *row = &m->surface->rows[i];
        const struct named_scopes *mapping = find_mapping(m, row);

        if (mapping == NULL)
            continue;
        is_used[mapping - m->options->mappings] = true;
        if (m->rows[i].kind == ACCESS_PUBLIC)
            add_warning(m, mappings_name,
                        arena_printf(m->arena,
                                     "%s %s needs no token at all, so "
                                     "its mapping has no effect; see excluded_routes",
                                     method_name(row->method), row->pattern));
        else
            m->rows[i] = map_access(m, &row->access, mapping);
    }
    for (size_t i = 0; i < m->options->mapping_count; i++)
        if (!is_used[i])
            add_warning(m, mappings_name,
                        arena_printf(m->arena, QUOTED " is no route of this server, and stays 404",
                                     QUOTE(str_of(m->options->mappings[i].name))));
}

/* ---- excluded_routes ---- */

/* May a glob, or a path without a method, open this row? Only a GET row that is public in the
 * table: whatever writes or needs a scope must be named. */
static bool is_open_to_globs(const struct route *row)
{
    return row->method == GET && row->access.kind == ACCESS_PUBLIC;
}

/* Does the entry, a path with or without its method, or a glob, mean this row? */
static bool entry_fits(const struct compilation *m, str entry, const struct route *row)
{
    str name = has_method(entry) ? row_name(m->arena, row) : str_of(row->pattern);
    str glob = glob_of(m->arena, entry);

    return is_glob(entry) ? glob_match(glob, name) : str_equal(glob, glob_of(m->arena, name));
}

/* Opens the rows that the entry may open; what it fits but may not open is a warning, as is an
 * entry that fits nothing. */
static void open_rows(struct compilation *m, const char *option, const char *text)
{
    str entry = str_of(text);
    const char *name = arena_printf(m->arena, "authorization.%s", option);
    const struct route *shut = NULL;
    bool is_route = false;

    for (size_t i = 0; i < m->surface->count; i++) {
        const struct route *row = &m->surface->rows[i];

        if (!entry_fits(m, entry, row))
            continue;
        is_route = true;
        if (names_row(m->arena, entry, row) || is_open_to_globs(row))
            m->rows[i] = (struct access){ .kind = ACCESS_PUBLIC };
        else if (shut == NULL)
            shut = row;
    }
    if (shut != NULL)
        add_warning(m, name,
                    arena_printf(m->arena,
                                 QUOTED " does not open %s %s, which writes or "
                                        "needs a scope; to open it, name it so, with its method",
                                 QUOTE(entry), method_name(shut->method), shut->pattern));
    if (!is_route)
        add_warning(m, name,
                    arena_printf(m->arena, QUOTED " is no route of this server", QUOTE(entry)));
}

/* The entries of one list. */
static agentos_status open_all_rows(struct compilation *m, const char *option,
                                    const char *const *entries, size_t count, agentos_error *err)
{
    ensure(entries != NULL || count == 0);
    for (size_t i = 0; i < count; i++) {
        str entry = str_of(entries[i]);

        if (!str_starts(entry, STR("/")) && !has_method(entry))
            return fail_about(err, AGENTOS_INVALID, "authorization.%s",
                              QUOTED " is neither /path nor "
                                     "METHOD /path",
                              option, QUOTE(entry));
        open_rows(m, option, entries[i]);
    }
    return AGENTOS_OK;
}

/* `excluded_routes` replaces the table's public rows: they then need a token like the others. */
static void close_public_rows(struct compilation *m)
{
    ensure(m->options->excluded != NULL);
    for (size_t i = 0; i < m->surface->count; i++)
        if (m->rows[i].kind == ACCESS_PUBLIC)
            m->rows[i] = (struct access){ .kind = ACCESS_TOKEN };
}

/* ---- the whole ---- */

static agentos_status check_counts(const struct policy_options *options, agentos_error *err)
{
    if (options->mapping_count > MAPPINGS_MAX || options->excluded_count > MAPPINGS_MAX ||
        options->excluded_add_count > MAPPINGS_MAX)
        return fail_about(err, AGENTOS_INVALID, "authorization", "more than %d routes in one list",
                          MAPPINGS_MAX);
    return AGENTOS_OK;
}

agentos_status policy_make(const struct surface *surface, const struct policy_options *options,
                           arena *a, struct policy *out, agentos_error *err)
{
    size_t most =
        options->mapping_count + 2 * (options->excluded_count + options->excluded_add_count);
    struct compilation m = {
        .surface = surface, .options = options, .arena = a, .warnings_max = most + surface->count
    };

    ensure(surface->rows != NULL || surface->count == 0);
    ensure(options->mappings != NULL || options->mapping_count == 0);
    TRY(check_counts(options, err));
    TRY(check_mappings(&m, err));
    m.rows = arena_alloc(a, surface->count * sizeof(*m.rows));
    m.warnings = arena_alloc(a, m.warnings_max * sizeof(*m.warnings));
    for (size_t i = 0; i < surface->count; i++)
        m.rows[i] = surface->rows[i].access;
    if (options->excluded != NULL)
        close_public_rows(&m);
    TRY(open_all_rows(&m, "excluded_routes", options->excluded, options->excluded_count, err));
    TRY(open_all_rows(&m, "excluded_routes_add", options->excluded_add, options->excluded_add_count,
                      err));
    apply_mappings(&m);
    *out = (struct policy){ surface->rows, surface->count, m.rows, m.warnings, m.warning_count };
    return AGENTOS_OK;
}

const struct access *policy_access(const struct policy *policy, const struct route *row)
{
    if (policy == NULL)
        return &row->access;
    ensure(row >= policy->table && row < policy->table + policy->count);
    return &policy->rows[row - policy->table];
}

bool policy_needs_credential(const struct policy *policy, enum method method,
                             const struct route *row)
{
    return method != OPTIONS && (row == NULL || policy_access(policy, row)->kind != ACCESS_PUBLIC);
}

bool policy_is_opened(const struct policy *policy, const struct route *row)
{
    ensure(row != NULL);
    return policy_access(policy, row)->kind == ACCESS_PUBLIC && row->access.kind != ACCESS_PUBLIC;
}

const struct principal *policy_anonymous(const struct policy *policy, const struct route *row)
{
    static const struct principal anonymous = { .kind = PRINCIPAL_ANONYMOUS, .issuer = "" },
                                  unasked = { .kind = PRINCIPAL_ANONYMOUS,
                                              .issuer = "",
                                              .unscoped = true };

    return row != NULL && policy_is_opened(policy, row) ? &unasked : &anonymous;
}

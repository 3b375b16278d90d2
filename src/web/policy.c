/* Compiles `scope_mappings` and `excluded_routes` into the access policy. */
#include "web/policy.h"

#include "auth/scope/scope.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "web/kept_gates.h"

static const char mappings_name[] = "authorization.scope_mappings";

/* The state of a compilation. */
struct compilation {
    const struct surface *surface;
    const struct policy_options *options;
    arena *arena;
    struct access *rows;
    struct policy_warning *warnings;
    size_t warning_count, warnings_max;
};

/* Adds a warning. begin_compilation has allocated room for all possible warnings. */
static void add_warning(struct compilation *c, const char *option, const char *sentence)
{
    ensure(c->warning_count < c->warnings_max);
    c->warnings[c->warning_count++] = (struct policy_warning){ option, sentence };
}

/* ---- keys: "GET /agents/{id}/runs", "/health" ---- */

/* Returns the length of the {name} at the start of the text, or 0 if there is none. */
static size_t variable_len(str text)
{
    if (!str_starts(text, STR("{")) || !str_has(text, '}'))
        return 0;
    str before_end = str_split(&text, '}');
    return before_end.len + strlen("}");
}

/* Drops trailing slashes, as for the path of a request. The path "/" keeps its slash. */
static str trim_slashes(str text)
{
    while (str_ends(text, STR("/"))) {
        if (str_equal(text, STR("/")) || str_ends(text, STR(" /")))
            break;
        text.len--;
    }
    return text;
}

/* Converts a key or a pattern to a glob in the arena. Each {name} becomes a star, whatever the
 * name. */
static str to_glob(arena *a, str text)
{
    char *out = arena_alloc(a, text.len); /* a glob is never longer than its text */
    size_t len = 0;
    str rest = text;

    while (rest.len > 0) {
        size_t variable = variable_len(rest);

        if (variable > 0) {
            out[len++] = '*';
            rest = str_from(rest, variable);
        } else {
            out[len++] = rest.ptr[0];
            rest = str_from(rest, 1);
        }
    }
    ensure(len <= text.len);
    return trim_slashes((str){ out, len });
}

/* Returns the name of the route, such as "GET /agents/{agent_id}". */
static str route_name(arena *a, const struct route *row)
{
    return str_of(arena_printf(a, "%s %s", method_name(row->method), row->pattern));
}

static bool is_glob(str text)
{
    return str_has(text, '*') || str_has(text, '?');
}

/* Returns whether the key is exactly this route, with its method. Variable names may differ. */
static bool names_route(arena *a, str key, const struct route *row)
{
    return !is_glob(key) && str_equal(to_glob(a, key), to_glob(a, route_name(a, row)));
}

/* Returns whether the key is METHOD /path. */
static bool has_method(str key)
{
    str rest = key;

    return method_find(str_split(&rest, ' ')) != METHOD_OTHER && str_starts(rest, STR("/"));
}

/* ---- scope_mappings ---- */

/* Returns the full name of the mapping's option, for a message. */
static const char *mapping_option(arena *a, const struct named_scopes *mapping)
{
    return arena_printf(a, "%s.%.*s", mappings_name, QUOTE(str_of(mapping->name)));
}

/* Checks that the scope is one that a token can hold, or this server's admin scope. */
static agentos_status check_scope(const struct compilation *c, const struct named_scopes *mapping,
                                  str scope, agentos_error *err)
{
    const char *admin = c->options->admin_scope;
    struct scope parsed;

    if (scope_parse(scope, &parsed) && !str_has(scope, ',') && !str_has(scope, ' '))
        return AGENTOS_OK;
    if (admin != NULL && str_equal(scope, str_of(admin)))
        return AGENTOS_OK;
    return fail_about(err, AGENTOS_INVALID, "%s",
                      QUOTED " is not a scope: use RESOURCE:ACTION or RESOURCE:ID:ACTION, and map "
                             "other names with roles",
                      mapping_option(c->arena, mapping), QUOTE(scope));
}

/* Joins the scopes of the mapping as in struct access: "a:read, b:read". NULL if there are none. */
static const char *join_scopes(arena *a, const struct named_scopes *mapping)
{
    const char *joined = NULL;

    for (size_t i = 0; i < mapping->count; i++)
        joined = joined == NULL ? arena_copy(a, str_of(mapping->scopes[i]))
                                : arena_printf(a, "%s, %s", joined, mapping->scopes[i]);
    return joined;
}

/* Returns whether the mapping requires the admin scope. */
static bool requires_admin(const struct compilation *c, const struct named_scopes *mapping)
{
    const char *admin = c->options->admin_scope;

    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->scopes[i], admin != NULL ? admin : "agent_os:admin") == 0)
            return true;
    return false;
}

/* Returns the route's access with the mapping's scopes. The gate and any admin requirement stay. */
static struct access map_access(const struct compilation *c, const struct access *row,
                                const struct named_scopes *mapping)
{
    ensure(row->kind != ACCESS_UNSTATED);
    const char *scopes = join_scopes(c->arena, mapping);
    struct access access = {
        .kind = row->kind,
        .scope = scopes,
        .gate = row->gate,
        .people_only = row->people_only,
    };

    if (row->kind == ACCESS_ADMIN)
        return *row;
    if (requires_admin(c, mapping))
        return (struct access){ ACCESS_ADMIN, .scope = scopes, .people_only = row->people_only };
    if (row->kind == ACCESS_LISTING)
        access.gate = row->scope; /* still filters the list */
    if (scopes == NULL && access.gate == NULL)
        return (struct access){ .kind = ACCESS_TOKEN, .people_only = row->people_only };
    if (row->kind == ACCESS_TOKEN || row->kind == ACCESS_PUBLIC)
        access.kind = ACCESS_SCOPED;
    ensure(access.kind != ACCESS_PUBLIC); /* a mapping never makes a route public */
    return access;
}

/* Finds the route's mapping: the exact key, or else the first matching glob. */
static bool find_mapping(const struct compilation *c, const struct route *row, size_t *index)
{
    const struct policy_options *options = c->options;

    for (size_t i = 0; i < options->mapping_count; i++)
        if (names_route(c->arena, str_of(options->mappings[i].name), row)) {
            *index = i;
            return true;
        }
    for (size_t i = 0; i < options->mapping_count; i++) {
        str key = str_of(options->mappings[i].name);

        if (is_glob(key) && glob_match(to_glob(c->arena, key), route_name(c->arena, row))) {
            *index = i;
            return true;
        }
    }
    return false;
}

/* Checks the syntax of every scope mapping, including those for unknown routes. */
static agentos_status check_mappings(const struct compilation *c, agentos_error *err)
{
    for (size_t i = 0; i < c->options->mapping_count; i++) {
        const struct named_scopes *mapping = &c->options->mappings[i];

        if (!has_method(str_of(mapping->name)))
            return fail_about(err, AGENTOS_INVALID, "%s", "a key must be METHOD /path",
                              mapping_option(c->arena, mapping));
        for (size_t j = 0; j < mapping->count; j++)
            TRY(check_scope(c, mapping, str_of(mapping->scopes[j]), err));
    }
    return AGENTOS_OK;
}

/* Warns that the mapping of a public route has no effect. */
static void warn_is_public(struct compilation *c, const struct route *row)
{
    add_warning(c, mappings_name,
                arena_printf(c->arena,
                             "%s %s is public, so its mapping has no effect; "
                             "see excluded_routes",
                             method_name(row->method), row->pattern));
}

/* Returns the route that requests of this method and path take, or NULL. */
static const struct route *route_of(const struct compilation *c, str key)
{
    str path = key, method = str_split(&path, ' ');
    struct params params;
    const struct route *row;

    enum match match = route_find(c->surface, method_find(method), path, &params, &row);
    return match == MATCH_FOUND ? row : NULL;
}

/* Warns of a mapping that matches no route, which is often the path of a single agent. */
static void warn_unused_mapping(struct compilation *c, str key)
{
    const struct route *row = route_of(c, key);
    const char *sentence =
        arena_printf(c->arena, QUOTED " is not a route of this server", QUOTE(key));

    if (row != NULL)
        sentence = arena_printf(c->arena,
                                "%s; write %s %s, or grant a scope for one resource, such as "
                                "agents:my-agent:run",
                                sentence, method_name(row->method), row->pattern);
    add_warning(c, mappings_name, sentence);
}

/* Warns of each mapping that matches no route. */
static void warn_unused_mappings(struct compilation *c, const bool *is_used)
{
    for (size_t i = 0; i < c->options->mapping_count; i++) {
        str key = str_of(c->options->mappings[i].name);

        if (!is_used[i])
            warn_unused_mapping(c, key);
    }
}

/* Warns of the routes of each mapping that keep a gate. */
static void warn_of_kept_gates(struct compilation *c, struct kept_gates *kept)
{
    for (size_t i = 0; i < c->options->mapping_count; i++) {
        const char *sentence = kept_gates_take(&kept[i], c->arena);

        if (sentence != NULL)
            add_warning(c, mappings_name, sentence);
    }
}

/* Applies the mappings to the routes that are not public. Warns of those without effect. */
static void apply_mappings(struct compilation *c)
{
    size_t count = c->options->mapping_count;
    bool *is_used = arena_array(c->arena, count, sizeof(*is_used)); /* one for each mapping */
    struct kept_gates *kept = arena_array(c->arena, count, sizeof(*kept));

    for (size_t i = 0; i < c->surface->count; i++) {
        const struct route *row = &c->surface->rows[i];
        size_t found = 0;

        if (!find_mapping(c, row, &found))
            continue;
        is_used[found] = true;
        if (c->rows[i].kind == ACCESS_PUBLIC) {
            warn_is_public(c, row);
            continue;
        }
        c->rows[i] = map_access(c, &row->access, &c->options->mappings[found]);
        kept_gates_note(&kept[found], &c->options->mappings[found], row, &c->rows[i]);
    }
    warn_unused_mappings(c, is_used);
    warn_of_kept_gates(c, kept);
}

/* ---- excluded_routes ---- */

/* Returns whether an entry without a method may open the route: a GET that is public in the table.
 */
static bool is_open_to_globs(const struct route *row)
{
    return row->method == GET && row->access.kind == ACCESS_PUBLIC;
}

/* Returns whether the entry, a path or a glob with or without a method, matches the route. */
static bool entry_matches(const struct compilation *c, str entry, const struct route *row)
{
    str name = has_method(entry) ? route_name(c->arena, row) : str_of(row->pattern);
    str glob = to_glob(c->arena, entry);

    return is_glob(entry) ? glob_match(glob, name) : str_equal(glob, to_glob(c->arena, name));
}

/* Returns whether an entry that matches the route may make it public. */
static bool entry_may_open(const struct compilation *c, str entry, const struct route *row)
{
    return is_open_to_globs(row) || names_route(c->arena, entry, row);
}

/* Routes that an entry matches but may not open. */
struct closed_rows {
    buf names; /* of the first ROUTES_NAMED_MAX routes, separated by ", " */
    size_t count;
};

static void add_closed(struct closed_rows *closed, const struct route *row)
{
    const char *separator = closed->count > 0 ? ", " : "";

    if (closed->count < ROUTES_NAMED_MAX)
        buf_printf(&closed->names, "%s%s %s", separator, method_name(row->method), row->pattern);
    else if (closed->count == ROUTES_NAMED_MAX)
        buf_append(&closed->names, STR(" and others"));
    closed->count++;
}

/* Warns that the entry does not open these routes. `name` is the option. */
static void warn_not_opened(struct compilation *c, const char *name, str entry,
                            const struct closed_rows *closed)
{
    static const char one[] = "it writes or needs a scope; list it as METHOD /path to open it";
    static const char several[] = "they write or need a scope; list one as METHOD /path to open it";

    ensure(closed->count > 0 && buf_ok(&closed->names));
    add_warning(c, name,
                arena_printf(c->arena, QUOTED " does not open %s: %s", QUOTE(entry),
                             closed->names.ptr, closed->count > 1 ? several : one));
}

/* Warns that the entry matches no route. `name` is the option. */
static void warn_unknown_route(struct compilation *c, const char *name, str entry)
{
    add_warning(c, name,
                arena_printf(c->arena, QUOTED " is not a route of this server", QUOTE(entry)));
}

/* Makes the routes of one entry public. Warns if it matches none, or some that it may not open. */
static void open_routes(struct compilation *c, const char *name, str entry)
{
    struct closed_rows closed = { .names = buf_with_limit(16 * KiB) };
    size_t matching = 0;

    for (size_t i = 0; i < c->surface->count; i++) {
        const struct route *row = &c->surface->rows[i];

        if (!entry_matches(c, entry, row))
            continue;
        matching++;
        if (entry_may_open(c, entry, row))
            c->rows[i] = (struct access){ .kind = ACCESS_PUBLIC };
        else
            add_closed(&closed, row);
    }
    if (matching == 0)
        warn_unknown_route(c, name, entry);
    if (closed.count > 0)
        warn_not_opened(c, name, entry, &closed);
    buf_clear(&closed.names);
}

/* Opens the routes of each entry. Fails with INVALID if an entry is not a path. */
static agentos_status open_all_routes(struct compilation *c, const char *name,
                                      const char *const *entries, size_t count, agentos_error *err)
{
    ensure(entries != NULL || count == 0);
    for (size_t i = 0; i < count; i++) {
        str entry = str_of(entries[i]);

        if (!str_starts(entry, STR("/")) && !has_method(entry))
            return fail_about(err, AGENTOS_INVALID, "%s",
                              QUOTED " is neither /path nor METHOD /path", name, QUOTE(entry));
        open_routes(c, name, entry);
    }
    return AGENTOS_OK;
}

/* Makes every public route require a token, because `excluded_routes` replaces them. */
static void close_public_routes(struct compilation *c)
{
    ensure(c->options->excluded != NULL);
    for (size_t i = 0; i < c->surface->count; i++)
        if (c->rows[i].kind == ACCESS_PUBLIC)
            c->rows[i] = (struct access){ .kind = ACCESS_TOKEN };
}

/* ---- the whole ---- */

/* Fails with INVALID if a list has more than MAPPINGS_MAX entries. */
static agentos_status check_counts(const struct policy_options *options, agentos_error *err)
{
    if (options->mapping_count > MAPPINGS_MAX || options->excluded_count > MAPPINGS_MAX ||
        options->excluded_add_count > MAPPINGS_MAX)
        return fail_about(err, AGENTOS_INVALID, "authorization", "more than %d routes in one list",
                          MAPPINGS_MAX);
    return AGENTOS_OK;
}

/* Starts from the access in the route table. The arena owns the rows and warnings. */
static struct compilation begin_compilation(const struct surface *surface,
                                            const struct policy_options *options, arena *a)
{
    size_t excluded_count = options->excluded_count + options->excluded_add_count;
    struct compilation c = {
        .surface = surface,
        .options = options,
        .arena = a,
        /* at most one per route, and two per mapping and per excluded route */
        .warnings_max = surface->count + 2 * options->mapping_count + 2 * excluded_count,
    };

    c.rows = arena_array(a, surface->count, sizeof(*c.rows));
    c.warnings = arena_array(a, c.warnings_max, sizeof(*c.warnings));
    for (size_t i = 0; i < surface->count; i++)
        c.rows[i] = surface->rows[i].access;
    return c;
}

/* Compiles the policy into *out. Public routes come first: mappings change only the others. */
agentos_status policy_make(const struct surface *surface, const struct policy_options *options,
                           arena *a, struct policy *out, agentos_error *err)
{
    ensure(surface->rows != NULL || surface->count == 0);
    ensure(options->mappings != NULL || options->mapping_count == 0);
    TRY(check_counts(options, err));
    struct compilation c = begin_compilation(surface, options, a);

    TRY(check_mappings(&c, err));
    if (options->excluded != NULL)
        close_public_routes(&c);
    TRY(open_all_routes(&c, "authorization.excluded_routes", options->excluded,
                        options->excluded_count, err));
    TRY(open_all_routes(&c, "authorization.excluded_routes_add", options->excluded_add,
                        options->excluded_add_count, err));
    apply_mappings(&c);
    *out = (struct policy){
        .table = surface->rows,
        .count = surface->count,
        .rows = c.rows,
        .warnings = c.warnings,
        .warning_count = c.warning_count,
    };
    return AGENTOS_OK;
}

/* Returns the route's access by the policy, or that of the table if policy is NULL. */
const struct access *policy_access(const struct policy *policy, const struct route *row)
{
    if (policy == NULL)
        return &row->access;
    ensure(row >= policy->table && row < policy->table + policy->count);
    return &policy->rows[row - policy->table];
}

/* Returns whether a credential is required. `row` is NULL for an unknown path, which requires one.
 */
bool policy_needs_credential(const struct policy *policy, const struct route *row)
{
    return row == NULL || policy_access(policy, row)->kind != ACCESS_PUBLIC;
}

/* Returns whether only the configuration makes the route public. */
bool policy_is_opened(const struct policy *policy, const struct route *row)
{
    ensure(row != NULL);
    return policy_access(policy, row)->kind == ACCESS_PUBLIC && row->access.kind != ACCESS_PUBLIC;
}

/* Returns the principal of a caller without a credential; unscoped if configuration opened the
 * route. */
const struct principal *policy_anonymous(const struct policy *policy, const struct route *row)
{
    static const struct principal anonymous = { .kind = PRINCIPAL_ANONYMOUS, .issuer = "" };
    static const struct principal unscoped = { .kind = PRINCIPAL_ANONYMOUS,
                                               .issuer = "",
                                               .unscoped = true };

    return row != NULL && policy_is_opened(policy, row) ? &unscoped : &anonymous;
}

/* Compiles `scope_mappings` and `excluded_routes` into the access policy before the server starts.
 * Their globs are matched against the patterns of the route table and never against the path of a
 * request, so the open routes are known in advance. */
#include "web/policy.h"

#include "auth/scope/scope.h"
#include "base/ensure.h"
#include "base/limits.h"

static const char mappings_name[] = "authorization.scope_mappings";

/* The state of a policy while it is compiled. */
struct compilation {
    const struct surface *surface;
    const struct policy_options *options;
    arena *arena;
    struct access *rows;
    struct policy_warning *warnings;
    size_t warning_count, warnings_max;
};

/* Adds a warning. policy_make has allocated room for all possible warnings. */
static void add_warning(struct compilation *c, const char *option, const char *sentence)
{
    ensure(c->warning_count < c->warnings_max);
    c->warnings[c->warning_count++] = (struct policy_warning){ option, sentence };
}

/* ---- keys: "GET /agents/{id}/runs", "/health" ---- */

/* Returns the length of the variable {name} at the start of the text, with its braces, or 0 if no
 * variable starts there. */
static size_t variable_len(str text)
{
    if (!str_starts(text, STR("{")) || !str_has(text, '}'))
        return 0;
    str before_end = str_split(&text, '}');
    return before_end.len + strlen("}");
}

/* Returns the text without the slashes at its end, which are dropped from the path of a request
 * too. The path "/" keeps its slash, with or without a method before it. */
static str without_end_slashes(str text)
{
    while (str_ends(text, STR("/"))) {
        if (str_equal(text, STR("/")) || str_ends(text, STR(" /")))
            break;
        text.len--;
    }
    return text;
}

/* Converts a key or a pattern to a glob, which lives in the arena. Each variable {name} becomes a
 * star, because a key may use another name than the table. */
static str glob_of(arena *a, str text)
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
    return without_end_slashes((str){ out, len });
}

/* Returns the name of the row, such as "GET /agents/{agent_id}". */
static str row_name(arena *a, const struct route *row)
{
    return str_of(arena_printf(a, "%s %s", method_name(row->method), row->pattern));
}

static bool is_glob(str text)
{
    return str_has(text, '*') || str_has(text, '?');
}

/* Returns whether the key names exactly this row, including its method. Variables may have other
 * names. */
static bool names_row(arena *a, str key, const struct route *row)
{
    return !is_glob(key) && str_equal(glob_of(a, key), glob_of(a, row_name(a, row)));
}

/* Returns whether the key begins with a method and a path. */
static bool has_method(str key)
{
    str rest = key;

    return method_find(str_split(&rest, ' ')) != METHOD_OTHER && str_starts(rest, STR("/"));
}

/* ---- scope_mappings ---- */

/* Fails with INVALID if the scope is neither one that a token can hold nor the admin scope of this
 * server. */
static agentos_status check_scope(const struct compilation *c, const struct named_scopes *mapping,
                                  str scope, agentos_error *err)
{
    const char *admin = c->options->admin_scope;
    struct scope parsed;

    if (scope_parse(scope, &parsed) && !str_has(scope, ',') && !str_has(scope, ' '))
        return AGENTOS_OK;
    if (admin != NULL && str_equal(scope, str_of(admin)))
        return AGENTOS_OK;
    return fail_about(
        err, AGENTOS_INVALID, "authorization.scope_mappings.%.*s",
        QUOTED
        " is not a scope: write RESOURCE:ACTION or RESOURCE:ID:ACTION, and let a role grant it "
        "where the provider uses another name",
        QUOTE(str_of(mapping->name)), QUOTE(scope));
}

/* Joins the scopes of the mapping as struct access holds them, such as "a:read, b:read". Returns
 * NULL if the mapping has no scopes. */
static const char *join_scopes(arena *a, const struct named_scopes *mapping)
{
    const char *joined = NULL;

    for (size_t i = 0; i < mapping->count; i++)
        joined = joined == NULL ? arena_copy(a, str_of(mapping->scopes[i]))
                                : arena_printf(a, "%s, %s", joined, mapping->scopes[i]);
    return joined;
}

/* Returns whether the mapping demands the admin scope of this server. */
static bool asks_for_admin(const struct compilation *c, const struct named_scopes *mapping)
{
    const char *admin = c->options->admin_scope;

    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->scopes[i], admin != NULL ? admin : "agent_os:admin") == 0)
            return true;
    return false;
}

/* Returns the access of the row with the scopes of the mapping in place of its own. The gate of the
 * row stays, and a row that demands the admin scope keeps that demand. */
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
    if (asks_for_admin(c, mapping))
        return (struct access){ ACCESS_ADMIN, .scope = scopes, .people_only = row->people_only };
    if (row->kind == ACCESS_LISTING)
        access.gate = row->scope; /* the list is still filtered by it */
    if (scopes == NULL && access.gate == NULL)
        return (struct access){ .kind = ACCESS_TOKEN, .people_only = row->people_only };
    if (row->kind == ACCESS_TOKEN || row->kind == ACCESS_PUBLIC)
        access.kind = ACCESS_SCOPED;
    ensure(access.kind != ACCESS_PUBLIC); /* a mapping never opens a row */
    return access;
}

/* Finds the mapping of this row: the one that names it, or otherwise the first whose glob fits.
 * Writes its index in the options to *index. Returns false if the row has no mapping. */
static bool find_mapping(const struct compilation *c, const struct route *row, size_t *index)
{
    const struct policy_options *options = c->options;

    for (size_t i = 0; i < options->mapping_count; i++)
        if (names_row(c->arena, str_of(options->mappings[i].name), row)) {
            *index = i;
            return true;
        }
    for (size_t i = 0; i < options->mapping_count; i++) {
        str key = str_of(options->mappings[i].name);

        if (is_glob(key) && glob_match(glob_of(c->arena, key), row_name(c->arena, row))) {
            *index = i;
            return true;
        }
    }
    return false;
}

/* Fails with INVALID if a key is not METHOD /path or a scope is not valid, even if the key fits no
 * row. */
static agentos_status check_mappings(const struct compilation *c, agentos_error *err)
{
    for (size_t i = 0; i < c->options->mapping_count; i++) {
        const struct named_scopes *mapping = &c->options->mappings[i];

        if (!has_method(str_of(mapping->name)))
            return fail_about(err, AGENTOS_INVALID, "authorization.scope_mappings.%.*s",
                              "a key is METHOD /path", QUOTE(str_of(mapping->name)));
        for (size_t j = 0; j < mapping->count; j++)
            TRY(check_scope(c, mapping, str_of(mapping->scopes[j]), err));
    }
    return AGENTOS_OK;
}

/* Adds the warning that the mapping of a public row has no effect. */
static void warn_is_public(struct compilation *c, const struct route *row)
{
    add_warning(c, mappings_name,
                arena_printf(c->arena,
                             "%s %s needs no token at all, so "
                             "its mapping has no effect; see excluded_routes",
                             method_name(row->method), row->pattern));
}

/* Adds a warning for each mapping that fits no row. */
static void warn_of_unused_mappings(struct compilation *c, const bool *is_used)
{
    for (size_t i = 0; i < c->options->mapping_count; i++) {
        str key = str_of(c->options->mappings[i].name);

        if (!is_used[i])
            add_warning(c, mappings_name,
                        arena_printf(c->arena,
                                     QUOTED " is not a route of this server, and stays 404",
                                     QUOTE(key)));
    }
}

/* Changes the access of each row that a mapping fits, unless the row is public. A mapping without
 * effect becomes a warning. */
static void apply_mappings(struct compilation *c)
{
    /* Has one item for each mapping; all are false at first. */
    bool *is_used = arena_array(c->arena, c->options->mapping_count, sizeof(*is_used));

    for (size_t i = 0; i < c->surface->count; i++) {
        const struct route *row = &c->surface->rows[i];
        size_t found = 0;

        if (!find_mapping(c, row, &found))
            continue;
        is_used[found] = true;
        if (c->rows[i].kind == ACCESS_PUBLIC)
            warn_is_public(c, row);
        else
            c->rows[i] = map_access(c, &row->access, &c->options->mappings[found]);
    }
    warn_of_unused_mappings(c, is_used);
}

/* ---- excluded_routes ---- */

/* Returns whether a glob, or a path without a method, may open this row. Only a GET row that is
 * public in the table may be opened so; any other row must be named with its method. */
static bool is_open_to_globs(const struct route *row)
{
    return row->method == GET && row->access.kind == ACCESS_PUBLIC;
}

/* Returns whether the entry fits this row. An entry is a path or a glob, with or without a
 * method. */
static bool entry_fits(const struct compilation *c, str entry, const struct route *row)
{
    str name = has_method(entry) ? row_name(c->arena, row) : str_of(row->pattern);
    str glob = glob_of(c->arena, entry);

    return is_glob(entry) ? glob_match(glob, name) : str_equal(glob, glob_of(c->arena, name));
}

/* Returns whether an entry that fits this row also makes it public. The entry must name the row
 * with its method, unless the row is open to globs and to paths without a method. */
static bool entry_opens(const struct compilation *c, str entry, const struct route *row)
{
    return is_open_to_globs(row) || names_row(c->arena, entry, row);
}

enum { CLOSED_NAMED_MAX = 20 }; /* rows that one warning names; a glob may fit them all */

/* The rows that an entry fits but does not open. */
struct closed_rows {
    buf names; /* of the first CLOSED_NAMED_MAX rows, with ", " between them */
    size_t count;
};

/* Adds a row to the list. */
static void note_closed(struct closed_rows *closed, const struct route *row)
{
    const char *separator = closed->count > 0 ? ", " : "";

    if (closed->count < CLOSED_NAMED_MAX)
        buf_printf(&closed->names, "%s%s %s", separator, method_name(row->method), row->pattern);
    else if (closed->count == CLOSED_NAMED_MAX)
        buf_append(&closed->names, STR(" and others"));
    closed->count++;
}

/* Adds a warning about an entry that fits these rows but does not open them. `name` is the option.
 */
static void warn_kept_closed(struct compilation *c, const char *name, str entry,
                             const struct closed_rows *closed)
{
    static const char one[] = "which writes or needs a scope; to open it, name it so";
    static const char several[] = "which write or need a scope; to open one, name it so";

    ensure(closed->count > 0 && buf_ok(&closed->names));
    add_warning(c, name,
                arena_printf(c->arena, QUOTED " does not open %s, %s, with its method",
                             QUOTE(entry), closed->names.ptr, closed->count > 1 ? several : one));
}

/* Adds a warning about an entry that fits no row. `name` is the option. */
static void warn_fits_no_row(struct compilation *c, const char *name, str entry)
{
    add_warning(c, name,
                arena_printf(c->arena, QUOTED " is not a route of this server", QUOTE(entry)));
}

/* Makes those rows public that the entry fits and opens. Adds a warning if it fits no row, or if it
 * fits rows that it does not open. */
static void open_rows(struct compilation *c, const char *option, str entry)
{
    const char *name = arena_printf(c->arena, "authorization.%s", option);
    struct closed_rows closed = { .names = buf_with_limit(16 * KiB) };
    size_t fitting = 0;

    for (size_t i = 0; i < c->surface->count; i++) {
        const struct route *row = &c->surface->rows[i];

        if (!entry_fits(c, entry, row))
            continue;
        fitting++;
        if (entry_opens(c, entry, row))
            c->rows[i] = (struct access){ .kind = ACCESS_PUBLIC };
        else
            note_closed(&closed, row);
    }
    if (fitting == 0)
        warn_fits_no_row(c, name, entry);
    if (closed.count > 0)
        warn_kept_closed(c, name, entry, &closed);
    buf_clear(&closed.names);
}

/* Opens the rows of each entry of one list. Fails with INVALID if an entry is not a path. */
static agentos_status open_all_rows(struct compilation *c, const char *option,
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
        open_rows(c, option, entry);
    }
    return AGENTOS_OK;
}

/* Makes the public rows of the table demand a token, because `excluded_routes` replaces them. */
static void close_public_rows(struct compilation *c)
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

/* Returns a compilation in which each row has the access that the table states. The arena owns its
 * rows and warnings. */
static struct compilation begin_compilation(const struct surface *surface,
                                            const struct policy_options *options, arena *a)
{
    size_t excluded_count = options->excluded_count + options->excluded_add_count;
    struct compilation c = {
        .surface = surface,
        .options = options,
        .arena = a,
        /* At most one for each row and each mapping, and two for each excluded route. */
        .warnings_max = surface->count + options->mapping_count + 2 * excluded_count,
    };

    c.rows = arena_array(a, surface->count, sizeof(*c.rows));
    c.warnings = arena_array(a, c.warnings_max, sizeof(*c.warnings));
    for (size_t i = 0; i < surface->count; i++)
        c.rows[i] = surface->rows[i].access;
    return c;
}

/* Compiles the policy into *out, in the arena. The public rows are determined first, since a
 * mapping changes only rows that are not public. */
agentos_status policy_make(const struct surface *surface, const struct policy_options *options,
                           arena *a, struct policy *out, agentos_error *err)
{
    ensure(surface->rows != NULL || surface->count == 0);
    ensure(options->mappings != NULL || options->mapping_count == 0);
    TRY(check_counts(options, err));
    struct compilation c = begin_compilation(surface, options, a);

    TRY(check_mappings(&c, err));
    if (options->excluded != NULL)
        close_public_rows(&c);
    TRY(open_all_rows(&c, "excluded_routes", options->excluded, options->excluded_count, err));
    TRY(open_all_rows(&c, "excluded_routes_add", options->excluded_add, options->excluded_add_count,
                      err));
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

/* Returns what the policy demands for the row, or what the table demands if policy is NULL. */
const struct access *policy_access(const struct policy *policy, const struct route *row)
{
    if (policy == NULL)
        return &row->access;
    ensure(row >= policy->table && row < policy->table + policy->count);
    return &policy->rows[row - policy->table];
}

/* Returns whether the caller must show a credential. A public row needs none. row is NULL if the
 * path does not exist. */
bool policy_needs_credential(const struct policy *policy, const struct route *row)
{
    return row == NULL || policy_access(policy, row)->kind != ACCESS_PUBLIC;
}

/* Returns whether the row is public by configuration, though it is not public in the table. */
bool policy_is_opened(const struct policy *policy, const struct route *row)
{
    ensure(row != NULL);
    return policy_access(policy, row)->kind == ACCESS_PUBLIC && row->access.kind != ACCESS_PUBLIC;
}

/* Returns the principal of a caller without a credential. On a row that the configuration has
 * opened, handlers do not ask this principal for scopes. */
const struct principal *policy_anonymous(const struct policy *policy, const struct route *row)
{
    static const struct principal anonymous = { .kind = PRINCIPAL_ANONYMOUS, .issuer = "" };
    static const struct principal unscoped = { .kind = PRINCIPAL_ANONYMOUS,
                                               .issuer = "",
                                               .unscoped = true };

    return row != NULL && policy_is_opened(policy, row) ? &unscoped : &anonymous;
}

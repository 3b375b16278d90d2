/* Fills in an issuer's options from its preset. */
#include "auth/issuer/preset_table.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

enum { DAY_S = 24 * 60 * 60, URL_MAX_BYTES = 2 * KiB };

/* ---- choosing the row ---- */

/* Returns whether the issuer matches the row. NULL texts match everything. */
static bool row_matches(const struct preset *row, str issuer)
{
    return str_starts(issuer, str_of(row->issuer_prefix)) &&
           str_contains(issuer, str_of(row->issuer_part)) &&
           str_ends(issuer, str_of(row->issuer_end));
}

/* Rejects an unknown preset (`named` is NULL) or an issuer that does not match its rows. */
static agentos_status refuse_preset(const struct issuer_options *options,
                                    const struct preset *named, agentos_error *err)
{
    if (named == NULL)
        return fail_about(err, AGENTOS_INVALID, "%s.preset", "must be one of: " PRESET_NAMES,
                          options->name);
    return fail_about(err, AGENTOS_INVALID, "%s.issuer",
                      QUOTED " is not one of %s; it looks like %s", options->name,
                      QUOTE(str_of(options->issuer)), named->name, named->hint);
}

/* Returns the first matching row of this name, or NULL. Sets *named to the first of this name. */
static const struct preset *find_row(const char *name, str issuer, const struct preset **named)
{
    ensure(preset_count > 0);
    *named = NULL;
    for (size_t i = 0; i < preset_count; i++) {
        const struct preset *row = &presets[i];

        if (strcmp(row->name, name) != 0)
            continue;
        if (*named == NULL)
            *named = row;
        if (row_matches(row, issuer))
            return row;
    }
    return NULL;
}

/* Stores the row of the options' preset, by default the generic one, in *out. */
static agentos_status select_row(const struct issuer_options *options, const struct preset **out,
                                 agentos_error *err)
{
    const char *name = options->preset != NULL ? options->preset : "generic";
    const struct preset *named = NULL;

    if (options->issuer == NULL || options->issuer[0] == '\0')
        return fail_about(err, AGENTOS_INVALID, "%s.issuer",
                          "must be set to the exact iss of its tokens", options->name);
    const struct preset *row = find_row(name, str_of(options->issuer), &named);
    if (row == NULL)
        return refuse_preset(options, named, err);
    *out = row;
    return AGENTOS_OK;
}

/* ---- placeholders ---- */

/* The values of {issuer}, {audience} and {project}, as views of the options. */
struct placeholders {
    str issuer, audience, project;
};

/* Returns the text without a final slash. */
static str without_last_slash(str text)
{
    if (str_ends(text, STR("/")))
        text.len--;
    return text;
}

/* Returns the part of the URL after its last slash. */
static str last_part(str url)
{
    str rest = url;

    while (str_has(rest, '/'))
        (void)str_split(&rest, '/'); /* the part before the slash */
    return rest;
}

/* Returns the values of the placeholders. The audience is empty if none is set. */
static struct placeholders read_placeholders(const struct issuer_options *options)
{
    ensure(options->audience_count == 0 || options->audiences != NULL);
    str issuer = without_last_slash(str_of(options->issuer));
    struct placeholders values = { .issuer = issuer, .project = last_part(issuer) };

    if (options->audience_count > 0)
        values.audience = str_of(options->audiences[0]);
    return values;
}

/* Appends the value without URL delimiters and quotes, so that it cannot change the key server. */
static void append_sanitized(buf *out, str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (strchr("\"/?#\\", value.ptr[i]) == NULL)
            buf_append_char(out, value.ptr[i]);
}

/* Expands the placeholder or character at the start of the pattern. Returns its length. */
static size_t append_next(buf *out, str pattern, const struct placeholders *values)
{
    static const str issuer = STR_INIT("{issuer}"), audience = STR_INIT("{audience}"),
                     project = STR_INIT("{project}");

    ensure(pattern.len > 0);
    if (str_starts(pattern, issuer)) {
        buf_append(out, values->issuer); /* a whole URL */
        return issuer.len;
    }
    if (str_starts(pattern, audience)) {
        append_sanitized(out, values->audience);
        return audience.len;
    }
    if (str_starts(pattern, project)) {
        append_sanitized(out, values->project);
        return project.len;
    }
    buf_append_char(out, pattern.ptr[0]);
    return 1;
}

/* Returns the expanded pattern, or "" if it exceeds URL_MAX_BYTES. Returns NULL for NULL. */
static const char *expand_pattern(arena *a, const char *pattern, const struct placeholders *values)
{
    AUTO_BUF text = buf_with_limit(URL_MAX_BYTES);

    if (pattern == NULL)
        return NULL;
    str rest = str_of(pattern);
    while (rest.len > 0) {
        size_t used = append_next(&text, rest, values);

        ensure(used > 0 && used <= rest.len);
        rest = str_from(rest, used);
    }
    return arena_copy(a, buf_view(&text));
}

/* ---- words ---- */

/* Returns the text, or the fallback if it is NULL. */
static const char *text_or(const char *text, const char *fallback)
{
    return text != NULL ? text : fallback;
}

/* A list of texts, allocated from an arena. */
struct texts {
    const char *const *all;
    size_t count;
};

/* Splits a blank-separated text, which may be NULL, into words. */
static struct texts split_words(arena *a, const char *words)
{
    str rest = str_of(words); /* empty if words is NULL */
    size_t capacity = str_count(rest, ' ') + 1;
    const char **all = arena_alloc(a, capacity * sizeof(*all));
    size_t count = 0;

    while (rest.len > 0) {
        ensure(count < capacity);
        all[count++] = arena_copy(a, str_split(&rest, ' '));
    }
    return (struct texts){ .all = all, .count = count };
}

/* Sets the list to the preset's words, unless the options set it. */
static void fill_list(arena *a, const char *words, const char *const **all, size_t *count)
{
    ensure(*count == 0 || *all != NULL);
    if (*count > 0 || words == NULL)
        return;
    struct texts texts = split_words(a, words);
    *all = texts.all;
    *count = texts.count;
}

/* Appends the preset's required claims to a new list in the arena. */
static void add_required(arena *a, const char *words, struct issuer_options *out)
{
    ensure(out->required_claim_count == 0 || out->required_claims != NULL);
    struct texts added = split_words(a, words);
    size_t capacity = out->required_claim_count + added.count;
    const char **all = arena_array(a, capacity, sizeof(*all));
    size_t count = 0;

    for (size_t i = 0; i < out->required_claim_count; i++)
        all[count++] = out->required_claims[i];
    for (size_t i = 0; i < added.count; i++)
        all[count++] = added.all[i];
    out->required_claims = all;
    out->required_claim_count = count;
}

/* Appends the preset's claim value, such as "token_use=access", to a new list in the arena. */
static void add_claim_value(arena *a, const char *equal, struct issuer_options *out)
{
    if (equal == NULL)
        return;
    ensure(strchr(equal, '=') != NULL); /* the table is constant */
    ensure(out->equal_claim_count == 0 || out->equal_claims != NULL);
    size_t count = out->equal_claim_count;
    struct claim_demand *all = arena_array(a, count + 1, sizeof(*all)); /* one is appended */
    const char **values = arena_alloc(a, sizeof(*values));
    str value = str_of(equal);
    str claim = str_split(&value, '='); /* leaves the text after the '=' */

    values[0] = arena_copy(a, value);
    for (size_t i = 0; i < count; i++)
        all[i] = out->equal_claims[i];
    all[count].claim = arena_copy(a, claim);
    all[count].values = values;
    all[count].count = 1;
    out->equal_claims = all;
    out->equal_claim_count = count + 1;
}

/* ---- expanding ---- */

/* Sets the audience from the preset, unless the options set it. There must be one. */
static agentos_status fill_audience(const struct preset *row, arena *a, struct issuer_options *out,
                                    agentos_error *err)
{
    const struct placeholders values = read_placeholders(out);

    fill_list(a, expand_pattern(a, row->audience, &values), &out->audiences, &out->audience_count);
    out->audience_claim = text_or(out->audience_claim, row->audience_claim);
    if (out->audience_count > 0)
        return AGENTOS_OK;
    if (row->audience_claim == NULL)
        return fail_about(err, AGENTOS_INVALID, "%s.audience",
                          "must be set to what tokens for this server carry", out->name);
    return fail_about(err, AGENTOS_INVALID, "%s.audience",
                      "must be set to what tokens for this server carry; with this preset: %s",
                      out->name, row->doc);
}

/* Sets the scope claims. The preset's scope format applies only to its own claim. */
static void fill_scopes(const struct preset *row, const struct placeholders *values, arena *a,
                        struct issuer_options *out)
{
    if (out->scopes_claim.count == 0) {
        out->narrowing_claim = row->narrowing;
        out->packs_permissions = row->packs_permissions;
        out->scope_prefix = text_or(out->scope_prefix, row->scope_prefix);
    }
    fill_list(a, expand_pattern(a, row->scopes, values), &out->scopes_claim.all,
              &out->scopes_claim.count);
}

/* Sets the claim names that the options leave out. */
static void fill_claims(const struct preset *row, const struct placeholders *values, arena *a,
                        struct issuer_options *out)
{
    fill_scopes(row, values, a, out);
    fill_list(a, expand_pattern(a, row->roles, values), &out->roles_claim.all,
              &out->roles_claim.count);
    out->user_id_claim = text_or(out->user_id_claim, "sub");
    out->session_id_claim = text_or(out->session_id_claim, row->session_id);
    out->audience_claim = text_or(out->audience_claim, "aud");
}

/* Sets the types and the lifetime that the options leave out, and adds the preset's claim rules. */
static void fill_checks(const struct preset *row, arena *a, struct issuer_options *out)
{
    fill_list(a, row->types, &out->types, &out->type_count);
    add_required(a, row->required, out);
    add_claim_value(a, row->equal, out);
    if (out->max_lifetime_s <= 0)
        out->max_lifetime_s = DAY_S;
}

/* Sets the algorithms and the key source that the options leave out. */
static void fill_keys(const struct preset *row, const struct placeholders *values, arena *a,
                      struct issuer_options *out)
{
    fill_list(a, row->algorithms, &out->algorithms, &out->algorithm_count);
    if (issuer_source_count(out) == 0) {
        out->jwks_url = expand_pattern(a, row->jwks_url, values);
        out->x509_url = expand_pattern(a, row->x509_url, values);
    }
    if (out->max_stale_s <= 0)
        out->max_stale_s = DAY_S;
}

/* Fills in everything but the audience of a listed issuer. */
static void fill_all(const struct preset *row, arena *a, struct issuer_options *out)
{
    const struct placeholders values = read_placeholders(out);

    out->preset = row->name;
    fill_keys(row, &values, a, out);
    fill_claims(row, &values, a, out);
    fill_checks(row, a, out);
    if (out->leeway_s < 0)
        out->leeway_s = CLOCK_LEEWAY_S;
    ensure(out->algorithm_count > 0 && out->scopes_claim.count > 0);
}

/* Expands the options of a listed issuer with its preset. Borrows their texts. */
agentos_status preset_expand(const struct issuer_options *options, arena *a,
                             struct issuer_options *out, agentos_error *err)
{
    const struct preset *row = NULL;

    ensure(options->name != NULL && !options->is_plain);
    TRY(select_row(options, &row, err));
    ensure(row != NULL);
    *out = *options;
    TRY(fill_audience(row, a, out, err));
    if (out->scope_strings == SCOPE_STRINGS_BY_NAME)
        out->scope_strings = SCOPE_STRINGS_SPLIT;
    fill_all(row, a, out);
    return AGENTOS_OK;
}

/* Expands the top-level options, which have a preset of their own. */
void preset_expand_plain(const struct issuer_options *options, arena *a, struct issuer_options *out)
{
    ensure(options->name != NULL && options->is_plain);
    ensure(options->preset == NULL); /* not an option at top level */
    *out = *options;
    fill_all(&plain_preset, a, out);
    ensure(out->required_claim_count == 0 && out->equal_claim_count == 0);
}

/* ---- showing ---- */

/* Appends one text of a list, with "-" shown as "(none)". */
static void write_item(buf *out, const char *text)
{
    if (strcmp(text, "-") == 0)
        text = "(none)";
    buf_printf(out, "%s", text);
}

/* Appends a line with the key and its comma-separated texts, if there are any. */
static void write_texts(buf *out, const char *key, const char *const *all, size_t count)
{
    if (count == 0)
        return;
    ensure(all != NULL);
    buf_printf(out, "%s: ", key);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_printf(out, ", ");
        write_item(out, all[i]);
    }
    buf_append_char(out, '\n');
}

/* Appends a line with the key and its text, unless it is NULL. */
static void write_text(buf *out, const char *key, const char *text)
{
    if (text != NULL)
        write_texts(out, key, &text, 1);
}

/* Appends a line for each source of keys. */
static void write_source(const struct issuer_options *options, buf *out)
{
    if (issuer_source_count(options) == 0)
        buf_printf(out, "keys: discovery from %s\n", options->issuer);
    write_text(out, "jwks_url", options->jwks_url);
    write_text(out, "x509_url", options->x509_url);
    write_text(out, "discovery_url", options->discovery_url);
    write_text(out, "allow_http", options->allow_http ? "true" : NULL);
    write_text(out, "jwks_file", options->jwks_name);
    write_texts(out, "verification_keys", options->key_names, options->key_count);
}

/* Appends the required audience, algorithm, type and claims. */
static void write_demands(const struct issuer_options *options, buf *out)
{
    write_texts(out, "audience", options->audiences, options->audience_count);
    write_text(out, "audience_claim", options->audience_claim);
    write_texts(out, "algorithms", options->algorithms, options->algorithm_count);
    write_texts(out, "typ", options->types, options->type_count);
    write_texts(out, "required_claims", options->required_claims, options->required_claim_count);
    for (size_t i = 0; i < options->equal_claim_count; i++) {
        const struct claim_demand *equal = &options->equal_claims[i];

        buf_append(out, STR("equal_claims."));
        write_texts(out, equal->claim, equal->values, equal->count);
    }
}

/* Appends the claims that are read. */
static void write_claims(const struct issuer_options *options, buf *out)
{
    write_texts(out, "scopes_claim", options->scopes_claim.all, options->scopes_claim.count);
    write_text(out, "scopes narrowed by", options->narrowing_claim);
    write_text(out, "scope_prefix", options->scope_prefix);
    write_texts(out, "roles_claim", options->roles_claim.all, options->roles_claim.count);
    write_text(out, "user_id_claim", options->user_id_claim);
    write_text(out, "session_id_claim", options->session_id_claim);
    write_text(out, "tenant_claim", options->tenant_claim);
}

/* Appends the expanded options as lines "KEY: VALUE". */
void issuer_options_write(const struct issuer_options *options, buf *out)
{
    ensure(options->preset != NULL && options->issuer != NULL); /* preset_expand was called */
    buf_printf(out, "preset: %s\nissuer: %s\n", options->preset, options->issuer);
    write_source(options, out);
    write_demands(options, out);
    write_claims(options, out);
    if (options->has_grants)
        write_texts(out, "grants", options->grants, options->grant_count);
    buf_printf(out, "max_lifetime: %lld s, leeway: %lld s, max_stale: %lld s\n",
               (long long)options->max_lifetime_s, (long long)options->leeway_s,
               (long long)options->max_stale_s);
}

/* Expands the options of an issuer by the preset that they name. An option that is absent takes the
 * preset's value, after placeholders such as {issuer} and {audience} are replaced. This file also
 * writes out an issuer's options, for `agentos config check`. */
#include "auth/issuer/preset_table.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

enum { DAY_S = 24 * 60 * 60, URL_MAX_BYTES = 2 * KiB };

/* ---- choosing the row ---- */

static bool row_fits(const struct preset *row, str issuer)
{
    return str_starts(issuer, str_of(row->issuer_prefix)) &&
           str_contains(issuer, str_of(row->issuer_part)) &&
           str_ends(issuer, str_of(row->issuer_end));
}

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

/* The first row of this name that fits the issuer. */
static agentos_status choose_row(const struct issuer_options *options, const struct preset **out,
                                 agentos_error *err)
{
    const char *name = options->preset != NULL ? options->preset : "generic";
    const struct preset *named = NULL;

    if (options->issuer == NULL || options->issuer[0] == '\0')
        return fail_about(err, AGENTOS_INVALID, "%s.issuer",
                          "must be set to the exact iss of its tokens", options->name);
    for (const struct preset *row = presets; row < presets + preset_count; row++) {
        if (strcmp(row->name, name) != 0)
            continue;
        if (row_fits(row, str_of(options->issuer))) {
            *out = row;
            return AGENTOS_OK;
        }
        named = named != NULL ? named : row;
    }
    return refuse_preset(options, named, err);
}

/* ---- placeholders ---- */

/* What stands for {issuer}, {audience} and {project}; views of the options' texts. */
struct filling {
    str issuer, audience, project;
};

static str without_slash(str text)
{
    text.len -= str_ends(text, STR("/")) ? 1 : 0;
    return text;
}

static str last_part(str url)
{
    while (str_has(url, '/'))
        (void)str_split(&url, '/'); /* the part before the slash is not wanted */
    return url;
}

static struct filling filling_of(const struct issuer_options *options)
{
    str issuer = without_slash(str_of(options->issuer));

    return (struct filling){
        .issuer = issuer,
        .audience = str_of(options->audience_count > 0 ? options->audiences[0] : ""),
        .project = last_part(issuer),
    };
}

/* Appends a value without what could end a URL's part or a quoted name, where it stands in one: an
 * audience with such a character names no key set and no client. */
static void append_part(buf *out, str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (strchr("\"/?#\\", value.ptr[i]) == NULL)
            buf_append_char(out, value.ptr[i]);
}

/* Appends what the pattern begins with: the value of a placeholder, or one character. Returns how
 * many bytes of the pattern that was. */
static size_t append_next(buf *out, str pattern, const struct filling *filling)
{
    static const str issuer = STR_INIT("{issuer}"), audience = STR_INIT("{audience}"),
                     project = STR_INIT("{project}");

    ensure(pattern.len > 0);
    if (str_starts(pattern, issuer)) {
        buf_append(out, filling->issuer);
        return issuer.len;
    }
    if (str_starts(pattern, audience)) {
        append_part(out, filling->audience);
        return audience.len;
    }
    if (str_starts(pattern, project)) {
        append_part(out, filling->project);
        return project.len;
    }
    buf_append_char(out, pattern.ptr[0]);
    return 1;
}

/* The pattern with its placeholders replaced, from the arena; NULL for NULL. */
static const char *fill(arena *a, const char *pattern, const struct filling *filling)
{
    AUTO_BUF text = buf_with_limit(URL_MAX_BYTES);

    if (pattern == NULL)
        return NULL;
    for (str rest = str_of(pattern); rest.len > 0;)
        rest = str_from(rest, append_next(&text, rest, filling));
    return arena_copy(a, buf_view(&text));
}

/* ---- words ---- */

static const char *given_or(const char *given, const char *fallback)
{
    return given != NULL ? given : fallback;
}

/* Texts from an arena. */
struct texts {
    const char *const *all;
    size_t count;
};

/* Words with one blank between; none for NULL. */
static struct texts split_words(arena *a, const char *words)
{
    size_t most = 1;

    for (const char *c = words; c != NULL && *c != '\0'; c++)
        most += *c == ' ';
    const char **all = arena_alloc(a, most * sizeof(*all));
    struct texts out = { all, 0 };
    for (str rest = str_of(words); rest.len > 0;) {
        ensure(out.count < most);
        all[out.count++] = arena_copy(a, str_split(&rest, ' '));
    }
    return out;
}

/* Fills in a list that the options leave empty. */
static void fill_list(arena *a, const char *words, const char *const **all, size_t *count)
{
    ensure(*count == 0 || *all != NULL);
    if (*count > 0 || words == NULL)
        return;
    struct texts texts = split_words(a, words);
    *all = texts.all;
    *count = texts.count;
}

/* Appends the row's required claims to those of the options. */
static void add_required(arena *a, const char *words, struct issuer_options *out)
{
    struct texts added = split_words(a, words);
    const char **all = arena_alloc(a, (out->required_claim_count + added.count + 1) * sizeof(*all));
    size_t count = 0;

    ensure(out->required_claim_count == 0 || out->required_claims != NULL);
    for (size_t i = 0; i < out->required_claim_count; i++)
        all[count++] = out->required_claims[i];
    for (size_t i = 0; i < added.count; i++)
        all[count++] = added.all[i];
    out->required_claims = all;
    out->required_claim_count = count;
}

/* Appends the row's demand, such as "token_use=access", to those of the options. */
static void add_demand(arena *a, const char *equal, struct issuer_options *out)
{
    if (equal == NULL)
        return;
    ensure(strchr(equal, '=') != NULL);
    ensure(out->equal_claim_count == 0 || out->equal_claims != NULL);
    struct claim_demand *all = arena_alloc(a, (out->equal_claim_count + 1) * sizeof(*all));
    str value = str_of(equal);
    const char *claim = arena_copy(a, str_split(&value, '='));
    const char **values = arena_alloc(a, sizeof(*values));

    values[0] = arena_copy(a, value);
    for (size_t i = 0; i < out->equal_claim_count; i++)
        all[i] = out->equal_claims[i];
    all[out->equal_claim_count++] = (struct claim_demand){ claim, values, 1 };
    out->equal_claims = all;
}

/* ---- expanding ---- */

/* The audience given, else the preset's; an issuer without either is refused. */
static agentos_status fill_audience(const struct preset *row, arena *a, struct issuer_options *out,
                                    agentos_error *err)
{
    const struct filling filling = filling_of(out);

    fill_list(a, fill(a, row->audience, &filling), &out->audiences, &out->audience_count);
    out->audience_claim = given_or(out->audience_claim, row->audience_claim);
    if (out->audience_count > 0)
        return AGENTOS_OK;
    bool is_elsewhere = row->audience_claim != NULL;
    return fail_about(err, AGENTOS_INVALID, "%s.audience",
                      "must be set to what tokens for this server "
                      "carry%s%s",
                      out->name, is_elsewhere ? "; with this preset: " : "",
                      is_elsewhere ? row->doc : "");
}

/* Where scopes are read from. How the provider writes its own claim says nothing about a claim that
 * the options name instead. */
static void fill_scopes(const struct preset *row, const struct filling *filling, arena *a,
                        struct issuer_options *out)
{
    if (out->scopes_claim.count == 0) {
        out->narrowing_claim = row->narrowing;
        out->packs_permissions = row->packs_permissions;
        out->scope_prefix = given_or(out->scope_prefix, row->scope_prefix);
    }
    fill_list(a, fill(a, row->scopes, filling), &out->scopes_claim.all, &out->scopes_claim.count);
}

static void fill_claims(const struct preset *row, const struct filling *filling, arena *a,
                        struct issuer_options *out)
{
    fill_scopes(row, filling, a, out);
    fill_list(a, fill(a, row->roles, filling), &out->roles_claim.all, &out->roles_claim.count);
    out->user_id_claim = given_or(out->user_id_claim, "sub");
    out->session_id_claim = given_or(out->session_id_claim, row->session_id);
    out->audience_claim = given_or(out->audience_claim, "aud");
}

static void fill_demands(const struct preset *row, arena *a, struct issuer_options *out)
{
    fill_list(a, row->types, &out->types, &out->type_count);
    add_required(a, row->required, out);
    add_demand(a, row->equal, out);
    out->max_lifetime_s = out->max_lifetime_s > 0 ? out->max_lifetime_s : DAY_S;
}

static void fill_keys(const struct preset *row, const struct filling *filling, arena *a,
                      struct issuer_options *out)
{
    fill_list(a, row->algorithms, &out->algorithms, &out->algorithm_count);
    if (issuer_source_count(out) == 0) {
        out->jwks_url = fill(a, row->jwks_url, filling);
        out->x509_url = fill(a, row->x509_url, filling);
    }
    out->max_stale_s = out->max_stale_s > 0 ? out->max_stale_s : DAY_S;
}

static void fill_all(const struct preset *row, arena *a, struct issuer_options *out)
{
    const struct filling filling = filling_of(out);

    out->preset = row->name;
    fill_keys(row, &filling, a, out);
    fill_claims(row, &filling, a, out);
    fill_demands(row, a, out);
    out->leeway_s = out->leeway_s >= 0 ? out->leeway_s : CLOCK_LEEWAY_S;
    ensure(out->algorithm_count > 0 && out->scopes_claim.count > 0);
}

agentos_status preset_expand(const struct issuer_options *options, arena *a,
                             struct issuer_options *out, agentos_error *err)
{
    const struct preset *row = NULL;

    ensure(options->name != NULL && !options->is_plain);
    TRY(choose_row(options, &row, err));
    ensure(row != NULL);
    *out = *options;
    TRY(fill_audience(row, a, out, err));
    if (out->scope_strings == SCOPE_STRINGS_BY_NAME)
        out->scope_strings = SCOPE_STRINGS_SPLIT;
    fill_all(row, a, out);
    return AGENTOS_OK;
}

void preset_expand_plain(const struct issuer_options *options, arena *a, struct issuer_options *out)
{
    ensure(options->name != NULL && options->is_plain);
    ensure(options->preset == NULL); /* which is not of the plain block's options */
    *out = *options;
    fill_all(&plain_preset, a, out);
    ensure(out->required_claim_count == 0 && out->equal_claim_count == 0);
}

/* ---- showing ---- */

static void write_texts(buf *out, const char *key, const char *const *all, size_t count)
{
    if (count == 0)
        return;
    buf_printf(out, "%s:", key);
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s%s", i > 0 ? ", " : " ", strcmp(all[i], "-") == 0 ? "(none)" : all[i]);
    buf_append_char(out, '\n');
}

static void write_text(buf *out, const char *key, const char *text)
{
    if (text != NULL)
        write_texts(out, key, &text, 1);
}

static void write_source(const struct issuer_options *options, buf *out)
{
    if (issuer_source_count(options) == 0)
        buf_printf(out, "keys: discovery from %s\n", options->issuer);
    write_text(out, "jwks_url", options->jwks_url);
    write_text(out, "x509_url", options->x509_url);
    write_text(out, "discovery_url", options->discovery_url);
    write_text(out, "jwks_file", options->jwks_name);
    write_texts(out, "verification_keys", options->key_names, options->key_count);
}

void issuer_options_write(const struct issuer_options *options, buf *out)
{
    ensure(options->preset != NULL && options->issuer != NULL); /* expanded */
    buf_printf(out, "preset: %s\nissuer: %s\n", options->preset, options->issuer);
    write_source(options, out);
    write_texts(out, "audience", options->audiences, options->audience_count);
    write_text(out, "audience_claim", options->audience_claim);
    write_texts(out, "algorithms", options->algorithms, options->algorithm_count);
    write_texts(out, "typ", options->types, options->type_count);
    write_texts(out, "required_claims", options->required_claims, options->required_claim_count);
    for (size_t i = 0; i < options->equal_claim_count; i++) {
        buf_append(out, STR("equal_claims."));
        write_texts(out, options->equal_claims[i].claim, options->equal_claims[i].values,
                    options->equal_claims[i].count);
    }
    write_texts(out, "scopes_claim", options->scopes_claim.all, options->scopes_claim.count);
    write_text(out, "scopes narrowed by", options->narrowing_claim);
    write_text(out, "scope_prefix", options->scope_prefix);
    write_texts(out, "roles_claim", options->roles_claim.all, options->roles_claim.count);
    write_text(out, "user_id_claim", options->user_id_claim);
    write_text(out, "session_id_claim", options->session_id_claim);
    write_text(out, "tenant_claim", options->tenant_claim);
    if (options->has_grants)
        write_texts(out, "grants", options->grants, options->grant_count);
    buf_printf(out, "max_lifetime: %lld s, leeway: %lld s, max_stale: %lld s\n",
               (long long)options->max_lifetime_s, (long long)options->leeway_s,
               (long long)options->max_stale_s);
}

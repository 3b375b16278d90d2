/* Filling in: where an option is absent, the row's words are split and its placeholders replaced.
 */
#include "auth/issuer/preset_table.h"

#include "base/limits.h"

enum { DAY_S = 24 * 60 * 60, URL_MAX_BYTES = 2 * KiB };

const struct preset *preset_find(const char *name)
{
    for (size_t i = 0; i < preset_count; i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

const char *preset_names(void)
{
    return "workos auth0 okta clerk supabase firebase cognito keycloak generic";
}

static bool fits(const struct preset *row, str issuer)
{
    return str_starts(issuer, str_of(row->issuer_prefix)) &&
           str_contains(issuer, str_of(row->issuer_part)) &&
           str_ends(issuer, str_of(row->issuer_end));
}

/* The row of this name that fits the issuer; NULL: none, and err says why. */
static const struct preset *choose(const struct issuer_options *options, agentos_error *err)
{
    const char *name = options->preset != NULL ? options->preset : "generic";
    const struct preset *named = preset_find(name);

    if (named == NULL) {
        (void)fail(err, AGENTOS_INVALID, "%s.preset: must be one of: %s", options->name,
                   preset_names()); /* NULL tells the caller */
        return NULL;
    }
    for (const struct preset *row = named; row < presets + preset_count; row++)
        if (strcmp(row->name, name) == 0 && fits(row, str_of(options->issuer)))
            return row;
    (void)fail(err, AGENTOS_INVALID, "%s.issuer: " QUOTED " is not one of %s; it looks like %s",
               options->name, QUOTE(str_of(options->issuer)), name, named->hint);
    return NULL;
}

/* ---- placeholders ---- */

struct filling {
    str issuer, audience, project;
};

static str without_slash(str text)
{
    text.len -= str_ends(text, STR("/")) ? 1 : 0;
    return text;
}

static struct filling filling_of(const struct issuer_options *options)
{
    str issuer = without_slash(str_of(options->issuer)), project = issuer;

    while (str_has(project, '/'))
        (void)str_split(&project, '/'); /* what stands before is not wanted */
    return (struct filling){
        .issuer = issuer,
        .audience = str_of(options->audience_count > 0 ? options->audiences[0] : ""),
        .project = project,
    };
}

/* NULL stays NULL. Audiences stand inside URLs and quoted names, so what could end those is left
 * out: such an audience names no key set and no client. */
static const char *fill(arena *a, const char *pattern, const struct filling *with)
{
    const struct {
        str name, value;
    } places[] = { { STR("{issuer}"), with->issuer },
                   { STR("{audience}"), with->audience },
                   { STR("{project}"), with->project } };
    AUTO_BUF text = buf_with_limit(URL_MAX_BYTES);
    str rest = str_of(pattern);

    if (pattern == NULL)
        return NULL;
    while (rest.len > 0) {
        size_t i = 0;

        while (i < 3 && !str_starts(rest, places[i].name))
            i++;
        for (size_t j = 0; i < 3 && j < places[i].value.len; j++)
            if (i == 0 || strchr("\"/?#\\", places[i].value.ptr[j]) == NULL)
                buf_append_char(&text, places[i].value.ptr[j]);
        if (i == 3)
            buf_append_char(&text, rest.ptr[0]);
        rest = str_from(rest, i < 3 ? places[i].name.len : 1);
    }
    return arena_copy(a, buf_view(&text));
}

static const char *either(const char *given, const char *else_this)
{
    return given != NULL ? given : else_this;
}

/* ---- words ---- */

struct texts {
    const char *const *all;
    size_t count;
};

static struct texts split_words(arena *a, const char *words)
{
    size_t most = 1;

    for (const char *c = words; c != NULL && *c != '\0'; c++)
        most += *c == ' ';
    const char **all = arena_alloc(a, most * sizeof(*all));
    struct texts out = { all, 0 };
    for (str rest = str_of(words); rest.len > 0;)
        all[out.count++] = arena_copy(a, str_split(&rest, ' '));
    return out;
}

static void fill_list(arena *a, const char *words, const char *const **all, size_t *count)
{
    if (*count > 0 || words == NULL)
        return;
    struct texts texts = split_words(a, words);
    *all = texts.all;
    *count = texts.count;
}

/* Words of the row beside what the options require themselves. */
static void add_required(arena *a, const char *words, struct issuer_options *out)
{
    struct texts added = split_words(a, words);
    const char **all = arena_alloc(a, (out->required_claim_count + added.count + 1) * sizeof(*all));
    size_t count = 0;

    for (size_t i = 0; i < out->required_claim_count; i++)
        all[count++] = out->required_claims[i];
    for (size_t i = 0; i < added.count; i++)
        all[count++] = added.all[i];
    out->required_claims = all;
    out->required_claim_count = count;
}

/* "token_use=access" beside what the options demand themselves. */
static void add_demand(arena *a, const char *equal, struct issuer_options *out)
{
    if (equal == NULL)
        return;
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

static bool has_source(const struct issuer_options *options)
{
    return options->jwks_url != NULL || options->x509_url != NULL ||
           options->discovery_url != NULL || options->jwks != NULL || options->key_count > 0;
}

static void fill_claims(const struct preset *row, const struct filling *with, arena *a,
                        struct issuer_options *out)
{
    fill_list(a, row->algorithms, &out->algorithms, &out->algorithm_count);
    fill_list(a, row->types, &out->types, &out->type_count);
    add_required(a, row->required, out);
    fill_list(a, fill(a, row->scopes, with), &out->scopes_claim.all, &out->scopes_claim.count);
    fill_list(a, fill(a, row->roles, with), &out->roles_claim.all, &out->roles_claim.count);
    add_demand(a, row->equal, out);
    out->user_id_claim = either(out->user_id_claim, "sub");
    out->audience_claim = either(out->audience_claim, either(row->audience_claim, "aud"));
}

agentos_status preset_expand(const struct issuer_options *options, arena *a,
                             struct issuer_options *out, agentos_error *err)
{
    if (options->issuer == NULL || options->issuer[0] == '\0')
        return fail(err, AGENTOS_INVALID, "%s.issuer: must be set to the exact iss of its tokens",
                    options->name);
    const struct preset *row = choose(options, err);
    if (row == NULL)
        return AGENTOS_INVALID;
    *out = *options;
    out->preset = row->name;

    struct filling with = filling_of(out);
    fill_list(a, fill(a, row->audience, &with), &out->audiences, &out->audience_count);
    if (out->audience_count == 0)
        return fail(err, AGENTOS_INVALID,
                    "%s.audience: must be set to what tokens for this server "
                    "carry%s%s",
                    options->name, row->audience_claim != NULL ? "; with this preset: " : "",
                    row->audience_claim != NULL ? row->doc : "");
    with = filling_of(out);
    /* The provider's own claims mean what they do only while nothing else is said of them. */
    if (out->scopes_claim.count == 0) {
        out->narrowing_claim = row->narrowing;
        out->packs_permissions = row->packs_permissions;
        out->scope_prefix = either(out->scope_prefix, row->scope_prefix);
    }
    fill_claims(row, &with, a, out);
    if (!has_source(out)) {
        out->jwks_url = fill(a, row->jwks_url, &with);
        out->x509_url = fill(a, row->x509_url, &with);
    }
    out->max_lifetime_s = out->max_lifetime_s > 0 ? out->max_lifetime_s : DAY_S;
    out->max_stale_s = out->max_stale_s > 0 ? out->max_stale_s : DAY_S;
    out->leeway_s = out->leeway_s >= 0 ? out->leeway_s : CLOCK_LEEWAY_S;
    return AGENTOS_OK;
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

static void write_source(const struct issuer_options *o, buf *out)
{
    if (!has_source(o))
        buf_printf(out, "keys: discovery from %s\n", o->issuer);
    write_text(out, "jwks_url", o->jwks_url);
    write_text(out, "x509_url", o->x509_url);
    write_text(out, "discovery_url", o->discovery_url);
    write_text(out, "jwks_file", o->jwks_name);
    write_texts(out, "verification_keys", o->key_names, o->key_count);
}

void issuer_options_write(const struct issuer_options *o, buf *out)
{
    buf_printf(out, "preset: %s\nissuer: %s\n", o->preset, o->issuer);
    write_source(o, out);
    write_texts(out, "audience", o->audiences, o->audience_count);
    write_text(out, "audience_claim", o->audience_claim);
    write_texts(out, "algorithms", o->algorithms, o->algorithm_count);
    write_texts(out, "typ", o->types, o->type_count);
    write_texts(out, "required_claims", o->required_claims, o->required_claim_count);
    for (size_t i = 0; i < o->equal_claim_count; i++) {
        buf_append(out, STR("equal_claims."));
        write_texts(out, o->equal_claims[i].claim, o->equal_claims[i].values,
                    o->equal_claims[i].count);
    }
    write_texts(out, "scopes_claim", o->scopes_claim.all, o->scopes_claim.count);
    write_text(out, "scopes narrowed by", o->narrowing_claim);
    write_text(out, "scope_prefix", o->scope_prefix);
    write_texts(out, "roles_claim", o->roles_claim.all, o->roles_claim.count);
    write_text(out, "user_id_claim", o->user_id_claim);
    write_text(out, "session_id_claim", o->session_id_claim);
    write_text(out, "tenant_claim", o->tenant_claim);
    if (o->has_grants)
        write_texts(out, "grants", o->grants, o->grant_count);
    buf_printf(out, "max_lifetime: %lld s, leeway: %lld s, max_stale: %lld s\n",
               (long long)o->max_lifetime_s, (long long)o->leeway_s, (long long)o->max_stale_s);
}

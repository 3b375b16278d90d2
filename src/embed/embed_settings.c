/* Checks the public option structs and writes them as configuration text. */
#include "embed/embed_settings.h"

#include <math.h>

#include "base/ensure.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/issuer_settings.h"

#define ROW(member, kind_) ROW_AS(#member, member, kind_)
#define ROW_AS(key_, member, kind_)                       \
    {                                                     \
        key_, SETTING_##kind_, offsetof(SETTINGS, member) \
    }
#define TABLE_OF(rows)      \
    {                       \
        (rows), COUNT(rows) \
    }

// clang-format off
#define SETTINGS agentos_model_options
static const struct setting_row model_rows[] = {
    ROW(id,                TEXT),
    ROW(base_url,          TEXT),
    ROW(api_key,           TEXT),
    ROW(temperature,       REAL),
    ROW(top_p,             REAL),
    ROW(max_output_tokens, INTEGER),
    ROW(timeout_s,         INTEGER),
    ROW(retries,           COUNT),
    ROW(content,           TEXT),
    ROW(stream_usage,      CHOICE),
    ROW(ca_file,           TEXT),
};
#undef SETTINGS

#define SETTINGS agentos_agent_options
static const struct setting_row agent_rows[] = {
    ROW(id,                     TEXT),
    ROW(name,                   TEXT),
    ROW(description,            TEXT),
    ROW(role,                   TEXT),
    ROW(instructions,           TEXT),
    ROW(add_history_to_context, FLAG),
    ROW(num_history_runs,       INTEGER),
};
#undef SETTINGS

#define SETTINGS agentos_issuer
#define ISSUER_ROW(key_, member_, kind_, reading, doc) ROW_AS(#key_, member_, kind_),
static const struct setting_row issuer_rows[] = { ISSUER_SETTINGS(ISSUER_ROW) };
#undef SETTINGS

#define SETTINGS agentos_authorization_config
static const struct setting_row authorization_rows[] = {
    ROW(verification_keys,    TEXTS),
    ROW(jwks_file,            TEXT),
    ROW(jwks_url,             TEXT),
    ROW(ca_file,              TEXT),
    ROW(algorithm,            TEXT),
    ROW(issuer,               TEXT),
    ROW(audience,             TEXTS),
    ROW(verify_audience,      CHOICE),
    ROW(audience_claim,       TEXT),
    ROW(admin_scope,          TEXT),
    ROW(user_isolation,       CHOICE),
    ROW(validate,             CHOICE),
    ROW(allow_weak_keys,      CHOICE),
    ROW(plain_fallback,       CHOICE),
    ROW(token_source,         TEXT),
    ROW(token_header,         TEXT),
    ROW(cookie_name,          TEXT),
    ROW(bare_token,           TEXT),
    ROW(scope_strings,        TEXT),
    ROW(scopes_claim,         TEXTS),
    ROW(user_id_claim,        TEXT),
    ROW(session_id_claim,     TEXT),
    ROW(roles_claim,          TEXT),
    ROW(dependencies_claims,  TEXTS),
    ROW(session_state_claims, TEXTS),
    ROW(scope_mappings,       NAMED_SCOPES),
    ROW(roles,                NAMED_SCOPES),
    ROW(excluded_routes,      TEXTS_OR_NONE),
    ROW(excluded_routes_add,  TEXTS),
};
#undef SETTINGS

#define SETTINGS agentos_options
static const struct setting_row root_rows[] = {
    ROW(id,                     TEXT),
    ROW(name,                   TEXT),
    ROW(description,            TEXT),
    ROW(version,                TEXT),
    ROW(listen,                 TEXT),
    ROW(database,               TEXT),
    ROW(cors_origins,           TEXTS_OR_NONE),
    ROW(allowed_hosts,          TEXTS),
    ROW(trusted_proxies,        TEXTS_OR_NONE),
    ROW(security_key,           TEXT),
    ROW(internal_service_token, TEXT),
    ROW_AS("audit.key",   audit_key,        TEXT),
    ROW_AS("audit.mark",  audit_mark,       TEXT),
    ROW_AS("retention.runs",  retention_runs_s,  INTEGER),
    ROW_AS("retention.audit", retention_audit_s, INTEGER),
    ROW_AS("log.level",   log_level,        TEXT),
    ROW_AS("log.format",  log_format,       TEXT),
    ROW_AS("limits.body", body_limit_bytes, INTEGER),
    ROW_AS("limits.message", message_limit_bytes, INTEGER),
    ROW_AS("limits.answer",  answer_limit_bytes,  INTEGER),
    ROW_AS("limits.runs_per_caller",       runs_per_caller,       INTEGER),
    ROW_AS("limits.held_bytes_per_caller", held_bytes_per_caller, INTEGER),
    ROW_AS("limits.connections_per_address", connections_per_address, INTEGER),
};
#undef SETTINGS
// clang-format on

const struct setting_table embed_model = TABLE_OF(model_rows);
const struct setting_table embed_agent = TABLE_OF(agent_rows);
const struct setting_table embed_issuer = TABLE_OF(issuer_rows);
const struct setting_table embed_authorization = TABLE_OF(authorization_rows);
const struct setting_table embed_root = TABLE_OF(root_rows);

/* ---- members that are set ---- */

static const size_t sizes[] = {
    [SETTING_TEXT] = sizeof(const char *),
    [SETTING_TEXTS] = sizeof(const char *[AGENTOS_LIST_MAX]),
    [SETTING_TEXTS_OR_NONE] = sizeof(const char *[AGENTOS_LIST_MAX]),
    [SETTING_FLAG] = sizeof(bool),
    [SETTING_CHOICE] = sizeof(agentos_choice),
    [SETTING_INTEGER] = sizeof(int64_t),
    [SETTING_COUNT] = sizeof(int64_t),
    [SETTING_SECONDS] = sizeof(int64_t),
    [SETTING_REAL] = sizeof(double),
    [SETTING_NAMED_SCOPES] = sizeof(agentos_named_scopes[AGENTOS_LIST_MAX]),
    [SETTING_CLAIM_VALUES] = sizeof(agentos_claim_value[AGENTOS_LIST_MAX]),
};

/* Returns the row's member of the settings. */
static const void *member_of(const void *settings, const struct setting_row *row)
{
    ensure(settings != NULL);
    return (const char *)settings + row->at;
}

/* Returns whether any byte of the member is not zero. */
static bool is_member_set(const unsigned char *member, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (member[i] != 0)
            return true;
    return false;
}

/* Returns whether any member is set. Skips the padding, whose bytes are undefined. */
bool embed_is_set(const struct setting_table *table, const void *settings)
{
    ensure(table->count > 0 && settings != NULL);
    for (size_t i = 0; i < table->count; i++) {
        const struct setting_row *row = &table->rows[i];

        ensure(row->kind < COUNT(sizes) && sizes[row->kind] > 0);
        if (is_member_set(member_of(settings, row), sizes[row->kind]))
            return true;
    }
    return false;
}

/* ---- checking ---- */

/* Returns a static message about an invalid member, or NULL. */
typedef const char *checker(const void *member);

/* Rejects entries after the first NULL, which could be an unset environment variable. */
static const char *check_texts(const void *member)
{
    ensure(member != NULL);
    const char *const *texts = member;
    bool has_ended = false;

    for (size_t i = 0; i < AGENTOS_LIST_MAX; i++) {
        if (texts[i] == NULL)
            has_ended = true;
        else if (has_ended)
            return "an entry follows NULL";
    }
    return NULL;
}

/* Rejects values outside the enum. */
static const char *check_choice(const void *member)
{
    const agentos_choice *choice = member;

    switch (*choice) {
    case AGENTOS_UNSET:
    case AGENTOS_YES:
    case AGENTOS_NO: return NULL;
    }
    return "must be AGENTOS_UNSET, AGENTOS_YES or AGENTOS_NO";
}

/* Rejects infinities and NaN, which JSON cannot express. */
static const char *check_real(const void *member)
{
    const double *value = member;

    return isfinite(*value) ? NULL : "must be a finite number";
}

/* Rejects scopes without a name and gaps in the lists. */
static const char *check_named_scopes(const void *member)
{
    ensure(member != NULL);
    const agentos_named_scopes *all = member;
    const char *names[AGENTOS_LIST_MAX];

    for (size_t i = 0; i < AGENTOS_LIST_MAX; i++) {
        const char *reason = check_texts(all[i].scopes);

        if (reason != NULL)
            return reason;
        if (all[i].name == NULL && all[i].scopes[0] != NULL)
            return "scopes without a name";
        names[i] = all[i].name;
    }
    return check_texts(names);
}

/* Rejects entries with only a claim or only a value, and gaps in the list. */
static const char *check_claim_values(const void *member)
{
    ensure(member != NULL);
    const agentos_claim_value *all = member;
    const char *claims[AGENTOS_LIST_MAX];

    for (size_t i = 0; i < AGENTOS_LIST_MAX; i++) {
        bool has_claim = all[i].claim != NULL, has_value = all[i].value != NULL;

        if (has_claim != has_value)
            return "a claim without a value, or a value without a claim";
        claims[i] = all[i].claim;
    }
    return check_texts(claims);
}

static checker *const checkers[] = {
    [SETTING_TEXTS] = check_texts,
    [SETTING_TEXTS_OR_NONE] = check_texts,
    [SETTING_CHOICE] = check_choice,
    [SETTING_REAL] = check_real,
    [SETTING_NAMED_SCOPES] = check_named_scopes,
    [SETTING_CLAIM_VALUES] = check_claim_values,
};

/* Checks each member by its kind. Returns INVALID with "PATH.KEY: REASON". */
agentos_status embed_check(const struct setting_table *table, const char *path,
                           const void *settings, agentos_error *err)
{
    ensure(path != NULL && settings != NULL);
    const char *dot = path[0] != '\0' ? "." : "";

    for (size_t i = 0; i < table->count; i++) {
        const struct setting_row *row = &table->rows[i];

        ensure(row->kind < COUNT(checkers));
        checker *check = checkers[row->kind];
        if (check == NULL)
            continue;
        const char *reason = check(member_of(settings, row));
        if (reason != NULL)
            return fail(err, AGENTOS_INVALID, "%s%s%s: %s", path, dot, row->key, reason);
    }
    return AGENTOS_OK;
}

/* ---- writing ---- */

/* Writes the member under the key, unless it is zero. */
typedef void member_writer(writer *w, const char *key, const void *member);

static void write_text(writer *w, const char *key, const void *member)
{
    write_member_if(w, key, *(const char *const *)member);
}

/* Writes the strings before the first NULL as an array. */
static void write_list(writer *w, const char *const *texts)
{
    ensure(texts != NULL);
    write_array(w);
    for (size_t i = 0; i < AGENTOS_LIST_MAX && texts[i] != NULL; i++)
        write_string(w, texts[i]);
    write_end(w);
}

/* Writes a list of strings, unless it is empty. */
static void write_texts(writer *w, const char *key, const void *member)
{
    ensure(key != NULL && member != NULL);
    const char *const *texts = member;

    if (texts[0] == NULL)
        return;
    write_key(w, key);
    write_list(w, texts);
}

/* Writes a list of strings. A single empty string means the empty list. */
static void write_texts_or_none(writer *w, const char *key, const void *member)
{
    ensure(key != NULL && member != NULL);
    const char *const *texts = member;
    bool has_one_text = texts[0] != NULL && texts[1] == NULL;

    if (!has_one_text || texts[0][0] != '\0') {
        write_texts(w, key, member);
        return;
    }
    write_key(w, key);
    write_array(w);
    write_end(w);
}

static void write_flag(writer *w, const char *key, const void *member)
{
    if (*(const bool *)member)
        write_member_bool(w, key, true);
}

static void write_choice(writer *w, const char *key, const void *member)
{
    agentos_choice choice = *(const agentos_choice *)member;

    if (choice != AGENTOS_UNSET)
        write_member_bool(w, key, choice == AGENTOS_YES);
}

static void write_int(writer *w, const char *key, const void *member)
{
    int64_t value = *(const int64_t *)member;

    if (value != 0)
        write_member_int(w, key, value);
}

/* Writes a count. -1 means 0, because 0 means unset. */
static void write_count(writer *w, const char *key, const void *member)
{
    int64_t value = *(const int64_t *)member;

    if (value != 0)
        write_member_int(w, key, value == -1 ? 0 : value);
}

/* Writes a number of seconds as a duration, such as "90s". */
static void write_seconds(writer *w, const char *key, const void *member)
{
    ensure(key != NULL && member != NULL);
    int64_t seconds = *(const int64_t *)member;
    char text[32]; /* an int64_t has at most 20 characters */

    if (seconds == 0)
        return;
    (void)snprintf(text, sizeof(text), "%llds", (long long)seconds);
    write_member(w, key, text);
}

static void write_number(writer *w, const char *key, const void *member)
{
    double value = *(const double *)member;

    if (fpclassify(value) != FP_ZERO)
        write_member_real(w, key, value);
}

/* Writes a map from each name to its scopes. */
static void write_named_scopes(writer *w, const char *key, const void *member)
{
    ensure(key != NULL);
    const agentos_named_scopes *all = member;

    if (all[0].name == NULL)
        return;
    write_key(w, key);
    write_object(w);
    for (size_t i = 0; i < AGENTOS_LIST_MAX && all[i].name != NULL; i++) {
        write_key(w, all[i].name);
        write_list(w, all[i].scopes);
    }
    write_end(w);
}

/* Returns whether an earlier entry has the same claim as entry `at`. */
static bool is_repeated(const agentos_claim_value *all, size_t at)
{
    ensure(all[at].claim != NULL);
    for (size_t i = 0; i < at; i++)
        if (strcmp(all[i].claim, all[at].claim) == 0)
            return true;
    return false;
}

/* Writes an array of the values with the same claim as entry `first`. */
static void write_values_of_claim(writer *w, const agentos_claim_value *all, size_t first)
{
    ensure(all[first].claim != NULL && !is_repeated(all, first));
    write_array(w);
    for (size_t i = first; i < AGENTOS_LIST_MAX && all[i].claim != NULL; i++)
        if (strcmp(all[i].claim, all[first].claim) == 0)
            write_string(w, all[i].value);
    write_end(w);
}

/* Writes a map from each claim to its values, with each claim once. */
static void write_claim_values(writer *w, const char *key, const void *member)
{
    ensure(key != NULL && member != NULL);
    const agentos_claim_value *all = member;

    if (all[0].claim == NULL)
        return;
    write_key(w, key);
    write_object(w);
    for (size_t i = 0; i < AGENTOS_LIST_MAX && all[i].claim != NULL; i++) {
        if (is_repeated(all, i))
            continue;
        write_key(w, all[i].claim);
        write_values_of_claim(w, all, i);
    }
    write_end(w);
}

static member_writer *const writers[] = {
    [SETTING_TEXT] = write_text,
    [SETTING_TEXTS] = write_texts,
    [SETTING_TEXTS_OR_NONE] = write_texts_or_none,
    [SETTING_FLAG] = write_flag,
    [SETTING_CHOICE] = write_choice,
    [SETTING_INTEGER] = write_int,
    [SETTING_COUNT] = write_count,
    [SETTING_SECONDS] = write_seconds,
    [SETTING_REAL] = write_number,
    [SETTING_NAMED_SCOPES] = write_named_scopes,
    [SETTING_CLAIM_VALUES] = write_claim_values,
};

/* Returns the map that contains the row's key, such as "log" for "log.level", or "". */
static str map_of(const struct setting_row *row)
{
    ensure(row->key != NULL);
    str rest = str_of(row->key);
    str map = str_split(&rest, '.');

    return rest.len > 0 ? map : STR("");
}

/* Returns the key within its map, such as "level" for "log.level". */
static const char *key_in_map(const struct setting_row *row)
{
    const char *dot = strchr(row->key, '.');

    return dot != NULL ? dot + 1 : row->key;
}

/* Ends the open map and begins the next one. An empty name means no map. */
static void change_map(writer *w, str open_map, str next)
{
    if (open_map.len > 0)
        write_end(w);
    if (next.len > 0) {
        write_key_str(w, next);
        write_object(w);
    }
}

/* Writes the members that are set. The rows of one map must be adjacent. */
void embed_write(const struct setting_table *table, const void *settings, writer *w)
{
    ensure(settings != NULL);
    str open_map = STR("");

    for (size_t i = 0; i < table->count; i++) {
        const struct setting_row *row = &table->rows[i];
        str map = map_of(row);

        ensure(row->kind < COUNT(writers) && writers[row->kind] != NULL);
        if (!str_equal(map, open_map))
            change_map(w, open_map, map);
        open_map = map;
        writers[row->kind](w, key_in_map(row), member_of(settings, row));
    }
    change_map(w, open_map, STR(""));
}

/* Checks the public option structs and writes them as configuration text. Tables describe the
 * structs, and each kind of member has one function that checks it and one that writes it. */
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
    ROW_AS("log.level",   log_level,        TEXT),
    ROW_AS("log.format",  log_format,       TEXT),
    ROW_AS("limits.body", body_limit_bytes, INTEGER),
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

/* Returns the member of a settings struct that the row describes. ROW took its offset from a member
 * of that struct. */
static const void *member_of(const void *settings, const struct setting_row *row)
{
    ensure(settings != NULL);
    return (const char *)settings + row->at;
}

/* Returns true if any byte of the member is not zero. */
static bool is_member_set(const unsigned char *member, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (member[i] != 0)
            return true;
    return false;
}

/* Returns true if any member of the settings is set. The members are looked at one by one, because
 * the padding between them may hold anything. */
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

/* What is wrong with the member, a static text; NULL: nothing. */
typedef const char *checker(const void *member);

/* Checks that no text follows the first NULL, which ends the list. A gap in the list may be an
 * environment variable that was not set, so it must not shorten the list unnoticed. */
static const char *check_texts(const void *member)
{
    ensure(member != NULL);
    const char *const *texts = member;
    bool has_ended = false;

    for (size_t i = 0; i < AGENTOS_LIST_MAX; i++) {
        if (texts[i] == NULL)
            has_ended = true;
        else if (has_ended)
            return "an entry is NULL, and another follows";
    }
    return NULL;
}

/* Checks that the value is one of the enum. */
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

/* Checks that the number is finite, because JSON cannot express any other. */
static const char *check_real(const void *member)
{
    const double *value = member;

    return isfinite(*value) ? NULL : "must be a finite number";
}

/* Checks that each entry with scopes has a name and that no list has a gap. */
static const char *check_named_scopes(const void *member)
{
    ensure(member != NULL);
    const agentos_named_scopes *all = member;
    const char *names[AGENTOS_LIST_MAX];

    for (size_t i = 0; i < AGENTOS_LIST_MAX; i++) {
        const char *complaint = check_texts(all[i].scopes);

        if (complaint != NULL)
            return complaint;
        if (all[i].name == NULL && all[i].scopes[0] != NULL)
            return "scopes without a name";
        names[i] = all[i].name;
    }
    return check_texts(names);
}

/* Checks that each entry has both a claim and a value, or neither, and that the list has no gap. */
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

/* Checks each member with the function of its kind; most kinds need no check. Returns INVALID with
 * "PATH.KEY: REASON", where an empty path is left out. */
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
        const char *complaint = check(member_of(settings, row));
        if (complaint != NULL)
            return fail(err, AGENTOS_INVALID, "%s%s%s: %s", path, dot, row->key, complaint);
    }
    return AGENTOS_OK;
}

/* ---- writing ---- */

/* Writes the member under the key, unless it is zero. */
typedef void setter(writer *w, const char *key, const void *member);

static void write_text(writer *w, const char *key, const void *member)
{
    write_member_if(w, key, *(const char *const *)member);
}

/* Writes the texts before the first NULL as an array. */
static void write_list(writer *w, const char *const *texts)
{
    ensure(texts != NULL);
    write_array(w);
    for (size_t i = 0; i < AGENTOS_LIST_MAX && texts[i] != NULL; i++)
        write_string(w, texts[i]);
    write_end(w);
}

/* Writes a list of texts, unless it is empty. */
static void write_texts(writer *w, const char *key, const void *member)
{
    ensure(key != NULL && member != NULL);
    const char *const *texts = member;

    if (texts[0] == NULL)
        return;
    write_key(w, key);
    write_list(w, texts);
}

/* Writes a list of texts. A list of one empty text is written as an empty list; an empty list is
 * left out, which gives the key its default. */
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

/* Writes a count. 0 means that it is not set, so -1 stands for a count of 0. */
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

/* Writes a map from each name to the list of its scopes. */
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

/* Returns true if an earlier entry has the same claim as entry `at`. */
static bool is_repeated(const agentos_claim_value *all, size_t at)
{
    ensure(all[at].claim != NULL);
    for (size_t i = 0; i < at; i++)
        if (strcmp(all[i].claim, all[at].claim) == 0)
            return true;
    return false;
}

/* Writes the values of all entries that have the same claim as entry `first`, as an array. */
static void write_values_of_claim(writer *w, const agentos_claim_value *all, size_t first)
{
    ensure(all[first].claim != NULL && !is_repeated(all, first));
    write_array(w);
    for (size_t i = first; i < AGENTOS_LIST_MAX && all[i].claim != NULL; i++)
        if (strcmp(all[i].claim, all[first].claim) == 0)
            write_string(w, all[i].value);
    write_end(w);
}

/* Writes a map from each claim to the list of its values. Entries with the same claim become one
 * key, because a map must not have a key twice. */
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

static setter *const setters[] = {
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

/* Returns the map that the row's key is in, "log" for "log.level", or "" if it is in none. */
static str map_of(const struct setting_row *row)
{
    ensure(row->key != NULL);
    str rest = str_of(row->key);
    str map = str_split(&rest, '.');

    return rest.len > 0 ? map : STR("");
}

/* Returns the key of the row within its map, "level" for "log.level". */
static const char *key_in_map(const struct setting_row *row)
{
    const char *dot = strchr(row->key, '.');

    return dot != NULL ? dot + 1 : row->key;
}

/* Ends the map that is being written and begins the next one. Either may be "", which stands for
 * the settings that are in no map. */
static void change_map(writer *w, str open_map, str next)
{
    if (open_map.len > 0)
        write_end(w);
    if (next.len > 0) {
        write_key_str(w, next);
        write_object(w);
    }
}

/* Writes the members of the settings that are set. The rows of one map, such as "log.level" and
 * "log.format", must follow each other in the table, so that the map is written once. */
void embed_write(const struct setting_table *table, const void *settings, writer *w)
{
    ensure(settings != NULL);
    str open_map = STR("");

    for (size_t i = 0; i < table->count; i++) {
        const struct setting_row *row = &table->rows[i];
        str map = map_of(row);

        ensure(row->kind < COUNT(setters) && setters[row->kind] != NULL);
        if (!str_equal(map, open_map))
            change_map(w, open_map, map);
        open_map = map;
        setters[row->kind](w, key_in_map(row), member_of(settings, row));
    }
    change_map(w, open_map, STR(""));
}

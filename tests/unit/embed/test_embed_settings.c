/* Every member of every public struct of settings, set and followed to where the loader puts it:
 * beside what the same setting does in a configuration file. */
#include "auth/issuer/issuer.h"
#include "embed/embed_settings.h"
#include "os/options_reading.h"

#include "certificate.h"
#include "embed_cases.h"
#include "folder.h"

/* ---- the same member of two structs ---- */

static const void *at(const void *target, size_t offset)
{
    return (const char *)target + offset;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_texts(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (!same_text(a[i], b[i]))
            return false;
    return true;
}

static bool same_scopes(const struct named_scopes *a, size_t a_count, const struct named_scopes *b,
                        size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (!same_text(a[i].name, b[i].name) ||
            !same_texts(a[i].scopes, a[i].count, b[i].scopes, b[i].count))
            return false;
    return true;
}

static bool same_demands(const struct claim_demand *a, size_t a_count, const struct claim_demand *b,
                         size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (!same_text(a[i].claim, b[i].claim) ||
            !same_texts(a[i].values, a[i].count, b[i].values, b[i].count))
            return false;
    return true;
}

#define VALUE(type, target, offset) (*(type const *)at((target), (offset)))
#define SAME(type)                  (VALUE(type, a, row->at) == VALUE(type, b, row->at))
#define SAME_LIST(compare, type)                                                           \
    compare(VALUE(type, a, row->at), VALUE(size_t, a, row->also), VALUE(type, b, row->at), \
            VALUE(size_t, b, row->also))

/* Values of OPTION_OWN, each by its reader. */
static bool same_own(const struct option_row *row, const void *a, const void *b)
{
    const struct options *x = a, *y = b;
    const struct issuer_options *i = a, *j = b;

    if (row->read == read_scopes)
        return SAME_LIST(same_scopes, const struct named_scopes *);
    if (row->read == read_demands)
        return SAME_LIST(same_demands, const struct claim_demand *);
    if (row->read == read_ca_file || row->read == read_path)
        return same_text(VALUE(const char *, a, row->at), VALUE(const char *, b, row->at));
    if (row->read == read_keys)
        return same_texts(x->authorization.keys, x->authorization.key_count, y->authorization.keys,
                          y->authorization.key_count);
    if (row->read == read_jwks_path)
        return same_text(x->authorization.jwks, y->authorization.jwks);
    if (row->read == read_issuer_keys)
        return same_texts(i->keys, i->key_count, j->keys, j->key_count);
    assert_true(row->read == read_issuer_jwks);
    return same_text(i->jwks, j->jwks);
}

static bool same_double(double a, double b)
{
    return !(a < b) && !(b < a);
}

static bool same_member(const struct option_row *row, const void *a, const void *b)
{
    switch ((int)row->kind) {
    case OPTION_TEXT:
    case OPTION_LINES:
    case OPTION_WORD:
    case OPTION_DATABASE:
        return same_text(VALUE(const char *, a, row->at), VALUE(const char *, b, row->at));
    case OPTION_TEXTS:
    case OPTION_TEXT_OR_TEXTS: return SAME_LIST(same_texts, const char *const *);
    case OPTION_BOOL:
    case OPTION_NOT_BOOL:
    case OPTION_WORD_BOOL: return SAME(bool);
    case OPTION_WORD_INDEX: return SAME(unsigned);
    case OPTION_TRISTATE: return SAME(enum choice);
    case OPTION_INTEGER:
    case OPTION_DURATION: return SAME(int64_t);
    case OPTION_NUMBER: return same_double(VALUE(double, a, row->at), VALUE(double, b, row->at));
    case OPTION_SIZE: return SAME(size_t);
    case OPTION_ADDRESS:
        return VALUE(uint16_t, a, row->also) == VALUE(uint16_t, b, row->also) &&
               same_text(VALUE(const char *, a, row->at), VALUE(const char *, b, row->at));
    default: assert_int_equal(row->kind, OPTION_OWN); return same_own(row, a, b);
    }
}

/* ---- the tables ---- */

static const struct option_row *find_row(const struct option_section *section, str key)
{
    str name = str_split(&key, '.');

    for (size_t i = 0; i < section->count; i++)
        if (str_equal(str_of(section->rows[i].key), name))
            return key.len > 0 ? find_row(section->rows[i].section, key) : &section->rows[i];
    return NULL;
}

static const struct option_section *authorization_section(void)
{
    return find_row(&option_root, STR("authorization"))->section;
}

static const struct setting_row *find_setting(const struct setting_table *table, const char *key)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->rows[i].key, key) == 0)
            return &table->rows[i];
    return NULL;
}

static bool is_left_out(const char *section, const char *key)
{
    for (EACH(left_out, out))
        if (strcmp(out->section, section) == 0 && strcmp(out->key, key) == 0)
            return true;
    return false;
}

static void check_keys(const struct option_section *section, const char *name, const char *prefix,
                       const struct setting_table *table)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct option_row *row = &section->rows[i];
        char key[64];

        (void)snprintf(key, sizeof(key), "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", row->key);
        bool is_map = row->kind == OPTION_SECTION && strcmp(row->key, "authorization") != 0;
        if (is_map)
            check_keys(row->section, name, row->key, table);
        else if ((find_setting(table, key) != NULL) == is_left_out(name, key))
            fail_msg("%s: %s has no member in C, or one that is listed as left out", name, key);
    }
}

static void every_key_of_the_file_has_a_member(void **state)
{
    (void)state;
    check_keys(&option_root, "root", "", &embed_root);
    check_keys(authorization_section(), "authorization", "", &embed_authorization);
    check_keys(&option_issuer, "issuer", "", &embed_issuer);
    check_keys(&option_agent, "agent", "", &embed_agent);
    check_keys(&option_model, "model", "", &embed_model);
}

static size_t size_of(enum setting_kind kind)
{
    static const size_t sizes[] = {
        [SETTING_TEXT] = sizeof(char *),
        [SETTING_TEXTS] = AGENTOS_LIST_MAX * sizeof(char *),
        [SETTING_TEXTS_OR_NONE] = AGENTOS_LIST_MAX * sizeof(char *),
        [SETTING_FLAG] = sizeof(bool),
        [SETTING_CHOICE] = sizeof(agentos_choice),
        [SETTING_INTEGER] = sizeof(int64_t),
        [SETTING_COUNT] = sizeof(int64_t),
        [SETTING_SECONDS] = sizeof(int64_t),
        [SETTING_REAL] = sizeof(double),
        [SETTING_NAMED_SCOPES] = AGENTOS_LIST_MAX * sizeof(agentos_named_scopes),
        [SETTING_CLAIM_VALUES] = AGENTOS_LIST_MAX * sizeof(agentos_claim_value),
    };

    return sizes[kind];
}

/* Bytes of the struct in no row, beside `others`, which hold no setting or are not written by a
 * row: at most what alignment leaves. */
static void check_members(const char *name, const struct setting_table *table, size_t size,
                          size_t others)
{
    size_t covered = others;

    for (size_t i = 0; i < table->count; i++)
        covered += size_of(table->rows[i].kind);
    if (covered > size || size - covered >= 2 * sizeof(void *))
        fail_msg("%s: rows cover %zu of %zu bytes; has a member no row?", name, covered, size);
}

static void every_member_has_a_row(void **state)
{
    const size_t auth = sizeof(agentos_authorization_config);

    (void)state;
    check_members("model", &embed_model, sizeof(agentos_model_options), 0);
    check_members("agent", &embed_agent, sizeof(agentos_agent_options), sizeof(agentos_model *));
    check_members("issuer", &embed_issuer, sizeof(agentos_issuer), 0);
    check_members("authorization", &embed_authorization, auth,
                  AGENTOS_LIST_MAX * sizeof(agentos_issuer) + sizeof(void *) + sizeof(size_t));
    check_members("root", &embed_root, sizeof(agentos_options),
                  AGENTOS_AGENTS_MAX * sizeof(agentos_agent *) + auth + sizeof(size_t) +
                      2 * sizeof(bool));
}

/* ---- from C, and from text ---- */

/* What stands around the object that a table writes, and where the loader puts what is in it. */
struct place_of_table {
    const char *name, *head, *tail, *base;
    const struct setting_table *table;
    const struct option_section *section;
    const void *(*target)(const struct options *options);
};

static const void *whole(const struct options *options)
{
    return options;
}

static const void *first_issuer(const struct options *options)
{
    assert_int_equal(options->authorization.issuer_count, 1);
    return options->authorization.issuers;
}

static const void *first_agent(const struct options *options)
{
    return options->agents;
}

static const void *first_model(const struct options *options)
{
    return &options->agents->model;
}

static const struct options *load(struct folder *folder, const struct place_of_table *place,
                                  const char *members)
{
    struct option_flags flags = no_flags;
    struct options *options = arena_alloc(folder->a, sizeof(*options));

    flags.text = arena_printf(folder->a, "%s%s%s", place->head, members, place->tail);
    if (options_load(&flags, folder->a, options, &folder->faults, &folder->err) != AGENTOS_OK)
        fail_msg("%s\n%s", flags.text, folder_faults(folder));
    return options;
}

/* The object's members as the tables write them, without its braces. */
static const char *write_members(arena *a, const struct setting_table *table, const void *settings)
{
    AUTO_BUF text = buf_with_limit(64 * KiB);
    writer w = { .out = &text };
    agentos_error err;

    if (embed_check(table, "x", settings, &err) != AGENTOS_OK)
        fail_msg("%s", err.message);
    write_object(&w);
    embed_write(table, settings, &w);
    write_end(&w);
    return arena_copy(a, (str){ text.ptr + 1, text.len - 2 });
}

static void follow(struct folder *folder, const struct place_of_table *place, const char *key,
                   const void *settings, const char *text)
{
    const struct option_row *row = find_row(place->section, str_of(key));
    const char *members = write_members(folder->a, place->table, settings);
    const void *from_c = place->target(load(folder, place, members));
    const void *from_text = place->target(load(folder, place, text));
    const void *without = place->target(load(folder, place, place->base));

    assert_non_null(row);
    if (!same_member(row, from_c, from_text))
        fail_msg("%s.%s does not arrive: %s", place->name, key, members);
    if (same_member(row, from_c, without))
        fail_msg("%s.%s changes nothing: %s", place->name, key, members);
}

/* Is each row of the table among the cases? */
#define CHECK_CASES(table, cases)                                             \
    for (size_t i = 0; i < (table)->count; i++) {                             \
        bool is_there = false;                                                \
        for (EACH(cases, c))                                                  \
            is_there = is_there || strcmp(c->key, (table)->rows[i].key) == 0; \
        if (!is_there)                                                        \
            fail_msg("no case for %s", (table)->rows[i].key);                 \
    }

#define FOLLOW_ALL(cases, place)       \
    CHECK_CASES((place)->table, cases) \
    for (EACH(cases, c))               \
        follow(folder, (place), c->key, &c->settings, c->text);

static void every_setting_arrives_as_from_the_file(void **state)
{
    struct folder *folder = *state;
    const struct place_of_table root = { "root",      "{",          "}",  "\"version\":\"1\"",
                                         &embed_root, &option_root, whole };
    const struct place_of_table authorization = { "authorization",
                                                  "{\"cors_origins\":[],\"authorization\":{",
                                                  "}}",
                                                  "\"allow_weak_keys\":false",
                                                  &embed_authorization,
                                                  authorization_section(),
                                                  whole };
    const struct place_of_table issuer = { "issuer",      "{\"authorization\":{\"issuers\":[{",
                                           "}]}}",        BASE_TEXT,
                                           &embed_issuer, &option_issuer,
                                           first_issuer };
    const struct place_of_table agent = { "agent",      "{\"agents\":[{\"model\":\"offline:echo\",",
                                          "}]}",        "\"id\":\"y\"",
                                          &embed_agent, &option_agent,
                                          first_agent };
    const struct place_of_table model = {
        "model",      "{\"agents\":[{\"id\":\"x\",\"model\":{\"provider\":\"openai\",",
        "}}]}",       MODEL_TEXT,
        &embed_model, &option_model,
        first_model
    };

    folder_write("keys.json", KEY_SET);
    folder_write("ca.pem", CERTIFICATE);
    FOLLOW_ALL(root_cases, &root)
    FOLLOW_ALL(authorization_cases, &authorization)
    FOLLOW_ALL(issuer_cases, &issuer)
    FOLLOW_ALL(agent_cases, &agent)
    FOLLOW_ALL(model_cases, &model)
}

static void what_is_not_said_is_not_written(void **state)
{
    static const agentos_issuer nothing;
    static const agentos_authorization_config nothing_either;
    AUTO(arena) *a = arena_new();

    (void)state;
    assert_string_equal(write_members(a, &embed_issuer, &nothing), "");
    assert_string_equal(write_members(a, &embed_authorization, &nothing_either), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_of_the_file_has_a_member),
        cmocka_unit_test(every_member_has_a_row),
        TEST_IN_FOLDER(every_setting_arrives_as_from_the_file),
        cmocka_unit_test(what_is_not_said_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

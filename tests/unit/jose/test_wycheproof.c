/* Project Wycheproof's JWS vectors (C2SP, testvectors_v1), from AGENTOS_VECTORS or
 * ../shared/vectors; skipped with a notice where they are absent. Every exception is in the table,
 * with its argument. */
#include "jwk_key.h"

struct exception {
    int64_t first, last; /* test case ids */
    const char *argument;
};

// clang-format off
static const struct exception refused_though_valid[] = {
    { 346, 346, "the key says PS256, the token (RFC 7520 figure 20) PS384: the key fixes the algorithm" },
    { 350, 350, "as 346" },
    { 372, 373, "a '?' inside a segment: RFC 7515 §2 has no such character" },
};
static const struct exception accepted_though_invalid[] = {
    { 367, 367, "byte for byte the token of case 357, which is valid: the file lost the padding it is about" },
    { 370, 370, "as 367" },
};
static const struct exception not_run[] = {
    { 353, 356, "use and key_ops are members of a JWK, which static keys have not" },
};
// clang-format on

static bool is_listed(const struct exception *list, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++)
        if (id >= list[i].first && id <= list[i].last)
            return true;
    return false;
}
#define IS_LISTED(list, id) is_listed(list, sizeof(list) / sizeof((list)[0]), id)

static str read_vectors(arena *a)
{
    const char *folder = getenv("AGENTOS_VECTORS");
    const char *places[] = { folder != NULL ? folder : "", "../shared/vectors",
                             "../../shared/vectors" };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        FILE *file =
            fopen(arena_printf(a, "%s/wycheproof/json_web_signature_test.json", places[i]), "rb");
        if (file == NULL)
            continue;
        char *text = arena_alloc(a, 2 * MiB);
        size_t len = fread(text, 1, 2 * MiB, file);
        (void)fclose(file);
        return (str){ text, len };
    }
    return (str){ "", 0 };
}

static struct key *group_key(arena *a, const json_t *group)
{
    const json_t *jwk = json_object_get(group, "public");
    struct key *key = NULL;
    agentos_error err;

    if (jwk == NULL)
        jwk = json_object_get(group, "private");
    const char *name = json_text(jwk, "alg");
    if (name == NULL)
        return NULL;
    /* The file calls RFC 7520's ES512 key "ES521", which is no algorithm. */
    const struct alg *alg = alg_find(str_of(strcmp(name, "ES521") == 0 ? "ES512" : name));
    assert_non_null(alg);
    if (key_read_verification(jwk_text(a, jwk), alg, KEY_STRONG, &key, &err) != AGENTOS_OK)
        fail_msg("a key of the vectors is refused: %s", err.message);
    return key;
}

static bool is_verified(const json_t *test, const struct key *key)
{
    AUTO(arena) *a = arena_new();
    const char *token = json_text(test, "jws");
    struct jws jws;

    return token != NULL && jws_parse(a, str_of(token), &jws, NULL) == AGENTOS_OK &&
           jws_verify(&jws, key, NULL) == AGENTOS_OK;
}

static size_t run_group(const json_t *group)
{
    AUTO(arena) *a = arena_new();
    struct key *key = group_key(a, group);
    size_t count = 0, i;
    const json_t *test;

    json_array_foreach(json_object_get(group, "tests"), i, test)
    {
        int64_t id = json_int(test, "tcId", 0);
        if (IS_LISTED(not_run, id))
            continue;
        bool is_valid = strcmp(json_text(test, "result"), "valid") == 0;
        bool expected = is_valid ? !IS_LISTED(refused_though_valid, id)
                                 : IS_LISTED(accepted_though_invalid, id);
        assert_non_null(key);
        if (is_verified(test, key) != expected)
            fail_msg("case %d (%s) is not %s", (int)id, json_text(test, "comment"),
                     expected ? "accepted" : "refused");
        count++;
    }
    key_unref(key);
    return count;
}

static void every_case_has_the_published_result(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    str text = read_vectors(a);
    const json_t *file = NULL, *group;
    size_t count = 0, i;

    if (text.len == 0) {
        print_message("Wycheproof vectors not found: skipped (set AGENTOS_VECTORS)\n");
        skip();
    }
    assert_int_equal(json_parse(a, text, &file, NULL), AGENTOS_OK);
    json_array_foreach(json_object_get(file, "testGroups"), i, group) count += run_group(group);
    print_message("%zu Wycheproof cases\n", count);
    assert_int_equal(count, 401 - 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_case_has_the_published_result) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

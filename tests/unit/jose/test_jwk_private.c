/* A private key where a public one belongs. Whoever published it has lost it, and a verifier that
 * loads it may fail later with its insides in the answer; liboauth2 took proofs whose `jwk` was
 * private. A provider's is skipped; in a local file it is refused, so that somebody moves it. No
 * sentence holds any of it. */
#include "published.h"

static const char refusal[] = "key 1 of the set is a private key, which lets its readers sign; "
                              "use its public key";

static void every_private_member_counts(void **state)
{
    static const struct {
        const char *alg, *member;
    } cases[] = {
        { "RS256", "d" },  { "RS256", "p" },  { "RS256", "q" },   { "RS256", "dp" },
        { "RS256", "dq" }, { "RS256", "qi" }, { "RS256", "oth" }, { "ES256", "d" },
        { "EdDSA", "d" },  { "RS256", "k" },  { "ES256", "k" },
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *jwk = published_jwk(a, test_key(cases[i].alg),
                                        arena_printf(a, ",\"%s\":\"UFJJVkFURQ\"", cases[i].member));
        assert_string_equal(published_told(a, jwk, true), "1 of 1 keys skipped: 1 private");
        assert_string_equal(published_told(a, jwk, false), refusal);
        jwk = published_jwk(a, test_key(cases[i].alg),
                            arena_printf(a, ",\"%s\":7,\"use\":\"enc\"", cases[i].member));
        assert_string_equal(published_told(a, jwk, false), refusal);
    }
}

static void a_providers_other_keys_still_count(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *told;
    struct jwks *set = published_read(
        a,
        arena_printf(a, "{\"keys\":[%s,%s]}",
                     published_jwk(a, test_key("RS256"), ",\"kid\":\"r\",\"d\":\"UFJJVkFURQ\""),
                     published_jwk(a, test_key("ES256"), ",\"kid\":\"e\"")),
        true, &told);

    assert_string_equal(told, "1 of 2 keys skipped: 1 private");
    assert_false(published_verifies(set, published_token(a, "RS256", test_key("RS256"), "r")));
    assert_true(published_verifies(set, published_token(a, "ES256", test_key("ES256"), "e")));
    jwks_unref(set);
}

static void a_private_pem_in_a_map_is_private_too(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    char *pem = NULL;

    assert_int_equal(key_private_pem(test_key("ES256"), &pem, NULL), AGENTOS_OK);
    for (char *c = pem; *c != '\0'; c++)
        *c = *c == '\n' ? ' ' : *c;
    const char *map = arena_printf(a, "{\"k\":\"%s\"}", pem);
    assert_string_equal(published_told(a, map, true), "1 of 1 keys skipped: 1 private");
    assert_string_equal(published_told(a, map, false), refusal);
    free(pem);
}

static void the_place_of_the_key_is_told(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *told = published_told(
        a,
        arena_printf(a, "{\"keys\":[%s,%s]}", published_jwk(a, test_key("ES256"), ""),
                     published_jwk(a, test_key("RS256"), ",\"d\":\"UFJJVkFURQ\"")),
        false);

    assert_true(str_starts(str_of(told), STR("key 2 of the set is a private key")));
    assert_false(str_contains(str_of(told), STR("UFJJVkFURQ")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_private_member_counts),
        cmocka_unit_test(a_providers_other_keys_still_count),
        cmocka_unit_test(a_private_pem_in_a_map_is_private_too),
        cmocka_unit_test(the_place_of_the_key_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

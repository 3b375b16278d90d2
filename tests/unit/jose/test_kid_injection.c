/* What an attacker writes into `kid`: paths (libjwt's jwk2key read files by it), queries, SQL,
 * URLs (liboauth2 put it into one), patterns, a kid of another case or length, one that ends where
 * another goes on. Here a kid is compared as bytes with those of the set and does nothing else. */
#include "published.h"

static const char *const kids[] = {
    "../../../../dev/null",
    "/proc/sys/kernel/randomize_va_space",
    "x' UNION SELECT 'AAAA';--",
    "|| sleep 1 ||",
    "http://169.254.169.254/latest/meta-data",
    "file:///dev/null",
    "k%00",
    "%6b",
    "*",
    ".*",
    "K",
    "k ",
    " k",
    "kk",
    "keys",
    "_default",
    "0",
    "%s%s%s%n",
    "\\u0001",
    "\xC4\xB1",
};

static void a_kid_is_bytes_and_nothing_else(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *told;
    struct jwks *set =
        published_read(a, published_jwk(a, test_key("ES256"), ",\"kid\":\"k\""), true, &told);

    assert_true(published_verifies(set, published_token(a, "ES256", test_key("ES256"), "k")));
    for (size_t i = 0; i < COUNT(kids); i++)
        assert_false(
            published_verifies(set, published_token(a, "ES256", test_key("ES256"), kids[i])));
    jwks_unref(set);
}

/* A provider may use any of them: then it names its key, and still nothing else. */
static void a_key_may_have_a_strange_kid(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(kids); i++) {
        const char *told, *extra = arena_printf(a, ",\"kid\":\"%s\"", kids[i]);
        struct jwks *set =
            published_read(a, published_jwk(a, test_key("ES256"), extra), true, &told);
        assert_string_equal(told, "");
        assert_true(
            published_verifies(set, published_token(a, "ES256", test_key("ES256"), kids[i])));
        assert_false(published_verifies(set, published_token(a, "ES256", test_key("ES256"), "k")));
        jwks_unref(set);
    }
}

static void a_kid_with_nul_is_no_kid(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *told;
    struct jwks *set =
        published_read(a, published_jwk(a, test_key("ES256"), ",\"kid\":\"k\""), true, &told);

    assert_false(jwks_has_kid(set, STR("k\0")));
    assert_false(
        published_verifies(set, published_token(a, "ES256", test_key("ES256"), "k\\u0000")));
    jwks_unref(set);
}

/* The embedded key of CVE-2018-0114 under the kid of a trusted one. */
static void a_key_in_the_token_does_not_replace_the_one_of_its_kid(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    struct key *attacker = NULL;
    const char *told;
    struct jwks *set =
        published_read(a, published_jwk(a, test_key("ES256"), ",\"kid\":\"k\""), true, &told);

    assert_int_equal(key_generate(alg_find(STR("ES256")), &attacker, NULL), AGENTOS_OK);
    const char *header = arena_printf(a, "{\"alg\":\"ES256\",\"kid\":\"k\",\"jwk\":%s}",
                                      published_jwk(a, attacker, ",\"kid\":\"k\""));
    assert_false(published_verifies(set, test_token(a, attacker, header, "{}")));
    assert_true(published_verifies(set, test_token(a, test_key("ES256"), header, "{}")));
    key_free(attacker);
    jwks_unref(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kid_is_bytes_and_nothing_else),
        cmocka_unit_test(a_key_may_have_a_strange_kid),
        cmocka_unit_test(a_kid_with_nul_is_no_kid),
        cmocka_unit_test(a_key_in_the_token_does_not_replace_the_one_of_its_kid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

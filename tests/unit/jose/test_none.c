/* alg: none. RFC 7515 allows unsecured tokens, and libraries accepted them because the token asked
 * them to (CVE-2015-2951 php-jwt, CVE-2022-23540 jsonwebtoken, GHSA-88q6-jcjg-hvmw jose-swift,
 * libjwt 096082e); others compared the name in one case only, or took a signature that is missing
 * (CVE-2020-28042). Here "none" is no row of the table, refused before any key is asked, also for
 * callers that do not verify. */
#include "base/mem.h"

#include "tokens.h"

/* docs/design/security.md 7. */
static void none_in_any_spelling_is_refused_with_every_key(void **state)
{
    static const char *const spellings[] = { "none", "None",       "NONE",      "nOnE",
                                             "noNe", "n\\u006fne", "\\u006eone" };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(spellings); i++) {
        const char *header = arena_printf(a, "{\"alg\":\"%s\"}", spellings[i]);
        for (size_t k = 0; k < TEST_ALG_COUNT; k++) {
            const struct key *key = test_key(test_algs[k]);
            assert_refused(test_forgery(a, header, "{\"sub\":\"admin\"}", ""), key,
                           "The specified alg value is not allowed");
            assert_refused(test_forgery(a, header, "{\"sub\":\"admin\"}", "AAAA"), key,
                           "The specified alg value is not allowed");
            assert_refused(test_token(a, key, header, "{\"sub\":\"admin\"}"), key,
                           "The specified alg value is not allowed");
        }
    }
}

static void what_resembles_none_is_refused_too(void **state)
{
    static const char *const names[] = { "none ", " none", "none\\n", "nones",
                                         "non",   "null",  "0",       "\\u0130none" };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(names); i++)
        assert_refused(test_forgery(a, arena_printf(a, "{\"alg\":\"%s\"}", names[i]), "{}", ""),
                       test_key("RS256"), "The specified alg value is not allowed");
}

static void unsecured_tokens_do_not_even_parse(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    struct jws jws;

    assert_int_equal(jws_parse(a, test_forgery(a, "{\"alg\":\"none\"}", "{}", ""), &jws, NULL),
                     AGENTOS_UNAUTHENTICATED);
}

static void a_missing_signature_is_a_wrong_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_ALG_COUNT; i++) {
        AUTO(arena) *a = arena_new();
        assert_refused(test_forgery(a, arena_printf(a, "{\"alg\":\"%s\"}", test_algs[i]),
                                    "{\"sub\":\"admin\"}", ""),
                       test_key(test_algs[i]), "Signature verification failed");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_in_any_spelling_is_refused_with_every_key),
        cmocka_unit_test(what_resembles_none_is_refused_too),
        cmocka_unit_test(unsecured_tokens_do_not_even_parse),
        cmocka_unit_test(a_missing_signature_is_a_wrong_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

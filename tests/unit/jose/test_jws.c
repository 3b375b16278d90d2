/* Signing and verifying with every algorithm: the straight paths. The attacks have files of their
 * own. */
#include "base/mem.h"

#include "tokens.h"

static void what_a_key_signs_it_verifies(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_ALG_COUNT; i++) {
        AUTO(arena) *a = arena_new();
        AUTO_BUF token = buf_with_limit(TOKEN_MAX_BYTES);
        struct jws jws;
        agentos_error err;

        assert_int_equal(
            jws_sign(test_key(test_algs[i]), "k-1", STR("{\"sub\":\"u\"}"), &token, &err),
            AGENTOS_OK);
        assert_accepted(buf_view(&token), test_key(test_algs[i]));
        assert_int_equal(jws_parse(a, buf_view(&token), &jws, &err), AGENTOS_OK);
        assert_true(str_equal(jws.alg, str_of(test_algs[i])));
        assert_true(str_equal(jws.kid, STR("k-1")));
        assert_true(str_equal(jws.typ, STR("JWT")));
        assert_true(str_equal(jws.payload, STR("{\"sub\":\"u\"}")));
    }
}

static void another_key_of_the_same_algorithm_does_not_verify(void **state)
{
    static const char *const algs[] = { "HS256", "HS384", "HS512", "RS256",
                                        "ES256", "ES384", "ES512", "EdDSA" };
    (void)state;
    for (size_t i = 0; i < COUNT(algs); i++) {
        AUTO_BUF token = buf_with_limit(TOKEN_MAX_BYTES);
        struct key *other = NULL;

        assert_int_equal(key_generate(alg_find(str_of(algs[i])), &other, NULL), AGENTOS_OK);
        assert_int_equal(jws_sign(other, NULL, STR("{}"), &token, NULL), AGENTOS_OK);
        assert_accepted(buf_view(&token), other);
        assert_refused(buf_view(&token), test_key(algs[i]), "Signature verification failed");
        key_free(other);
    }
}

static void a_token_without_kid_or_typ_has_empty_ones(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    struct jws jws;

    str token = test_token(a, test_key("HS256"), "{\"alg\":\"HS256\"}", "{}");
    assert_int_equal(jws_parse(a, token, &jws, NULL), AGENTOS_OK);
    assert_int_equal(jws.kid.len, 0);
    assert_int_equal(jws.typ.len, 0);
    assert_accepted(token, test_key("HS256"));
}

static void a_token_past_the_limit_is_not_written(void **state)
{
    (void)state;
    AUTO_BUF token = buf_with_limit(64), long_kid = buf_with_limit(8 * KiB),
             other = buf_with_limit(16 * KiB);

    assert_int_equal(jws_sign(test_key("HS256"), NULL,
                              STR("{\"sub\":\"a payload of some length\"}"), &token, NULL),
                     AGENTOS_TOO_LARGE);
    buf_printf(&long_kid, "%04000d", 1);
    assert_int_equal(jws_sign(test_key("HS256"), long_kid.ptr, STR("{}"), &other, NULL),
                     AGENTOS_TOO_LARGE);

    AUTO_BUF just_short = buf_with_limit(60);
    assert_int_equal(jws_sign(test_key("HS256"), NULL, STR("{}"), &just_short, NULL),
                     AGENTOS_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_key_signs_it_verifies),
        cmocka_unit_test(another_key_of_the_same_algorithm_does_not_verify),
        cmocka_unit_test(a_token_without_kid_or_typ_has_empty_ones),
        cmocka_unit_test(a_token_past_the_limit_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

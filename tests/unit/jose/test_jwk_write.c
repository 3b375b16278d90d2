/* What is published: the public half alone, as RFC 7517 A.1, RFC 7638 §3.1 and RFC 8037 A.2 have
 * it; and what was read is written again. */
#include "published.h"

#define RFC7517_EC                                           \
    "\"crv\":\"P-256\",\"kty\":\"EC\","                      \
    "\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\"," \
    "\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\""
#define RFC7517_RSA                                                                                \
    "\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":"                                                        \
    "\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cb"                                     \
    "bfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-"                      \
    "5JsGY4Hc5n9yBXArwl93lq"                                                                       \
    "t7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91Cb" \
    "OpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8aw" \
    "apJzKnqDKgw\""
#define RFC8037_OKP \
    "\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""

static const struct {
    const char *members, *extra, *kid, *alg, *thumbprint;
} published[] = {
    /* RFC 7517 A.1 has this one for encryption; without that it is a key like another. */
    { RFC7517_EC, ",\"kid\":\"1\"", "1", "ES256", "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s" },
    { RFC7517_RSA, ",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"", "2011-04-29", "RS256",
      "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" },
    { RFC8037_OKP, "", NULL, "EdDSA", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" },
};

static void keys_of_the_rfcs_are_written_as_they_were_read(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(published); i++) {
        AUTO_BUF text = buf_with_limit(4 * KiB);
        char thumbprint[KEY_THUMBPRINT_SIZE];
        const char *told;
        struct jwks *set = published_read(
            a, arena_printf(a, "{%s%s}", published[i].members, published[i].extra), true, &told);

        assert_string_equal(told, "");
        const struct key *key = jwks_entry(set, 0)->key;
        assert_int_equal(jwk_write_public(key, published[i].kid, &text, NULL), AGENTOS_OK);
        const char *kid =
            published[i].kid != NULL ? arena_printf(a, "\"kid\":\"%s\",", published[i].kid) : "";
        assert_string_equal(text.ptr, arena_printf(a, "{%s\"use\":\"sig\",\"alg\":\"%s\",%s}", kid,
                                                   published[i].alg, published[i].members));
        assert_string_equal(key_thumbprint(key, thumbprint), published[i].thumbprint);
        jwks_unref(set);
    }
}

/* RFC 7517 A.1 whole: its elliptic key is for encryption. */
static void the_example_set_of_rfc_7517_has_one_key_for_us(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *told;
    struct jwks *set =
        published_read(a,
                       "{\"keys\":[{" RFC7517_EC ",\"use\":\"enc\",\"kid\":\"1\"},{" RFC7517_RSA
                       ",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}]}",
                       true, &told);

    assert_string_equal(told, "1 of 2 keys skipped: 1 not for signatures (use, key_ops)");
    assert_int_equal(jwks_count(set), 1);
    assert_true(jwks_has_kid(set, STR("2011-04-29")));
    assert_false(jwks_has_kid(set, STR("1")));
    jwks_unref(set);
}

static void every_pair_is_written_without_its_private_half(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < TEST_ALG_COUNT; i++) {
        const struct key *key = test_key(test_algs[i]);
        AUTO_BUF text = buf_with_limit(4 * KiB);
        const char *told;

        if (key_alg(key)->key_type == KEY_OCT)
            continue;
        assert_int_equal(jwk_write_public(key, "k\"1", &text, NULL), AGENTOS_OK);
        struct jwks *set = published_read(a, text.ptr, false, &told);
        assert_string_equal(told, ""); /* a private member would be refused */
        assert_int_equal(jwks_count(set), 1);
        assert_true(key_equal(jwks_entry(set, 0)->key, key));
        assert_false(jwks_entry(set, 0)->key->can_sign);
        assert_string_equal(jwks_entry(set, 0)->kid, "k\"1");
        jwks_unref(set);
    }
}

static void a_secret_is_never_written(void **state)
{
    (void)state;
    AUTO_BUF text = buf_with_limit(4 * KiB);

    assert_int_equal(jwk_write_public(test_key("HS256"), "k", &text, NULL), AGENTOS_INVALID);
    assert_int_equal(text.len, 0);
}

static void what_does_not_fit_is_too_large(void **state)
{
    (void)state;
    AUTO_BUF text = buf_with_limit(64);

    assert_int_equal(jwk_write_public(test_key("ES256"), "k", &text, NULL), AGENTOS_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_the_rfcs_are_written_as_they_were_read),
        cmocka_unit_test(the_example_set_of_rfc_7517_has_one_key_for_us),
        cmocka_unit_test(every_pair_is_written_without_its_private_half),
        cmocka_unit_test(a_secret_is_never_written),
        cmocka_unit_test(what_does_not_fit_is_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

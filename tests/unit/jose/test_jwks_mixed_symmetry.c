/* Secrets beside public keys. PyJWT took a public JWK for the HMAC secret where both kinds of
 * algorithm were listed (CVE-2026-48526); Wycheproof wants such sets refused. A secret in a
 * published set is everybody's, so a remote one is skipped; in a local file it may stand alone, not
 * beside what is meant to be published; and a secret that is a key in costume is none. */
#include "published.h"

#define SECRET_JWK                                            \
    "{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"s\",\"k\":" \
    "\"-ebuDNsVZ2iJtoZ-akfXTSCt4UO2cruLCsbWlBinggE\"}"

static const char *mixed(arena *a)
{
    return arena_printf(a, "{\"keys\":[" SECRET_JWK ",%s]}",
                        published_jwk(a, test_key("ES256"), ",\"kid\":\"e\""));
}

static str secret_token(arena *a)
{
    AUTO(arena) *scratch = arena_new();
    struct key *key = NULL;
    str secret = { "", 0 };

    assert_true(
        base64url_decode(scratch, STR("-ebuDNsVZ2iJtoZ-akfXTSCt4UO2cruLCsbWlBinggE"), &secret));
    assert_int_equal(key_of_secret(secret, alg_find(STR("HS256")), &key, NULL), AGENTOS_OK);
    str token = published_token(a, "HS256", key, "s");
    key_free(key);
    return token;
}

static void a_local_set_of_both_kinds_is_refused(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    assert_string_equal(published_told(a, mixed(a), false),
                        "the set mixes shared secrets and public keys; keep them in two files");
}

static void a_local_set_of_secrets_alone_verifies(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *told;
    struct jwks *set = published_read(a, "{\"keys\":[" SECRET_JWK "]}", false, &told);

    assert_string_equal(told, "");
    assert_true(published_verifies(set, secret_token(a)));
    jwks_unref(set);
}

/* docs/design/security.md 8. */
static void a_remote_secret_is_nobodys(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *told;
    struct jwks *set = published_read(a, mixed(a), true, &told);

    assert_string_equal(told, "1 of 2 keys skipped: 1 a published secret");
    assert_false(published_verifies(set, secret_token(a)));
    assert_true(published_verifies(set, published_token(a, "ES256", test_key("ES256"), "e")));
    jwks_unref(set);
}

/* The text of a public key as an `oct` key: whoever can read the set could sign. */
static void a_public_key_dressed_as_a_secret_is_skipped(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *jwk = published_jwk(a, test_key("RS256"), "");
    char *pem = NULL;

    assert_int_equal(key_public_pem(test_key("RS256"), &pem, NULL), AGENTOS_OK);
    const char *const costumes[] = { pem, jwk };
    for (size_t i = 0; i < COUNT(costumes); i++) {
        AUTO_BUF k = buf_with_limit(8 * KiB);

        base64url_append(&k, str_of(costumes[i]));
        assert_string_equal(
            published_told(
                a, arena_printf(a, "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"%s\"}", k.ptr),
                false),
            "1 of 1 keys skipped: 1 too weak");
    }
    free(pem);
}

static void a_secret_that_is_not_listed_does_not_make_a_set_mixed(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const struct alg *algs[] = { alg_find(STR("ES256")) };
    const struct jwks_rules rules = { .algs = algs, .alg_count = 1 };
    const char *told;
    struct jwks *set = published_read_by(a, mixed(a), &rules, &told);

    assert_string_equal(told, "1 of 2 keys skipped: 1 of another algorithm");
    assert_false(published_verifies(set, secret_token(a)));
    jwks_unref(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_local_set_of_both_kinds_is_refused),
        cmocka_unit_test(a_local_set_of_secrets_alone_verifies),
        cmocka_unit_test(a_remote_secret_is_nobodys),
        cmocka_unit_test(a_public_key_dressed_as_a_secret_is_skipped),
        cmocka_unit_test(a_secret_that_is_not_listed_does_not_make_a_set_mixed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

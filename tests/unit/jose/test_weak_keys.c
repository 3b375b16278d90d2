/* Keys that hold nothing. An empty secret signed for everybody (CVE-2019-20933 and CVE-2020-28637
 * InfluxDB, CVE-2026-44699 libjwt), short ones are guessed offline, published ones need no
 * guessing; RSA of 1024 bits is broken by states, of 512 by hobbyists; an even modulus or a small
 * exponent by anybody (CVE-2006-4339); a curve by explicit parameters may be the attacker's own
 * (CVE-2020-0601). RFC 7518 §3.2, §3.3 and RFC 8725 §3.5. */
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "base/mem.h"

#include "jwk_key.h"

static const char *reason(arena *a, str text, const char *alg, enum key_strength strength)
{
    agentos_error *err = arena_alloc(a, sizeof(*err));
    struct key *key = NULL;

    if (key_read_verification(text, alg_find(str_of(alg)), strength, &key, err) == AGENTOS_OK)
        assert_string_equal(err->message, "");
    key_free(key);
    return err->message;
}

/* docs/design/security.md 8. */
static void a_secret_is_as_long_as_its_digest(void **state)
{
    static const struct {
        const char *alg;
        size_t least;
    } cases[] = { { "HS256", 32 }, { "HS384", 48 }, { "HS512", 64 } };
    (void)state;
    AUTO(arena) *a = arena_new();
    str text = STR("kV8x!2mQ7zR4tW9yB3nE6pS1uD5gH0jLkV8x!2mQ7zR4tW9yB3nE6pS1uD5gH0jL");

    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(reason(a, (str){ text.ptr, cases[i].least }, cases[i].alg, KEY_STRONG),
                            "");
        const char *why =
            reason(a, (str){ text.ptr, cases[i].least - 1 }, cases[i].alg, KEY_STRONG);
        assert_string_equal(
            why, arena_printf(a, "the shared secret has %zu bytes; %s needs at least %zu",
                              cases[i].least - 1, cases[i].alg, cases[i].least));
        assert_string_equal(reason(a, (str){ text.ptr, 1 }, cases[i].alg, KEY_WEAK_ALLOWED), "");
        assert_string_equal(reason(a, STR(""), cases[i].alg, KEY_WEAK_ALLOWED),
                            "the shared secret is empty");
    }
}

/* docs/design/security.md 8. */
static void secrets_from_documentation_are_refused(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    str sample = STR("a-string-secret-at-least-256-bits-long");

    assert_non_null(strstr(reason(a, sample, "HS256", KEY_STRONG), "sample from documentation"));
    assert_non_null(strstr(
        reason(a, STR("A-String-Secret-At-Least-256-Bits-Long"), "HS256", KEY_STRONG), "sample"));
    assert_string_equal(reason(a, sample, "HS256", KEY_WEAK_ALLOWED), "");
}

static void what_nobody_filled_in_is_no_secret(void **state)
{
    static const char *const placeholders[] = {
        "${A_VERY_LONG_NAME_OF_A_JWT_SECRET_HERE}",
        "$(cat /run/secrets/the-secret-of-the-agents)",
        "{{ vault.agentos.jwt_verification_key.secret }}",
        "<put a random secret of 32 bytes or more here>",
        " ${A_VERY_LONG_NAME_OF_A_JWT_SECRET_HERE} ",
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(placeholders); i++)
        assert_string_equal(reason(a, str_of(placeholders[i]), "HS256", KEY_STRONG),
                            "the shared secret is a placeholder that nothing has replaced");
    assert_string_equal(
        reason(a, STR("${half of one, which is a secret like any"), "HS256", KEY_STRONG), "");
    assert_string_equal(
        reason(a, STR("                                        "), "HS256", KEY_WEAK_ALLOWED),
        "the shared secret is empty");
}

static void a_secret_has_an_upper_bound(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    char *text = arena_alloc(a, KEY_FILE_MAX_BYTES + 1);

    memset(text, '!', KEY_FILE_MAX_BYTES + 1);
    assert_string_equal(reason(a, (str){ text, KEY_FILE_MAX_BYTES }, "HS256", KEY_STRONG), "");
    assert_string_equal(reason(a, (str){ text, KEY_FILE_MAX_BYTES + 1 }, "HS256", KEY_STRONG),
                        "the shared secret is larger than 64 KiB");
}

/* A public key of these numbers; no factors needed. */
static str rsa_pem(arena *a, int bits, bool odd_modulus, unsigned long exponent)
{
    BIGNUM *n = BN_new(), *e = BN_new();
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *pair = NULL;

    (void)BN_set_bit(n, bits - 1);
    (void)BN_add_word(n, odd_modulus ? 12345 : 12346);
    (void)BN_set_word(e, exponent);
    (void)OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
    (void)OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &pair, EVP_PKEY_PUBLIC_KEY, params), 1);
    str text = pem_of(a, pair);
    EVP_PKEY_free(pair);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    return text;
}

/* docs/design/security.md 8. */
static void rsa_keys_have_2048_to_8192_bits_and_sound_numbers(void **state)
{
    static const struct {
        int bits;
        bool odd;
        unsigned long e;
        bool strong, weak; /* accepted under either strength */
    } cases[] = {
        { 2048, true, 65537, true, true },      { 8192, true, 65537, true, true },
        { 3072, true, 4294967297, true, true }, { 2047, true, 65537, false, true },
        { 1024, true, 65537, false, true },     { 1023, true, 65537, false, false },
        { 512, true, 65537, false, false },     { 8193, true, 65537, false, false },
        { 16384, true, 65537, false, false },   { 2048, true, 3, false, false },
        { 2048, true, 1, false, false },        { 2048, true, 65535, false, false },
        { 2048, true, 65536, false, false },    { 2048, true, 65538, false, false },
        { 2048, false, 65537, false, false },   { 2048, true, 17, false, false },
    };
    static const char *const algs[] = { "RS256", "PS256" };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(cases); i++) {
        str pem = rsa_pem(a, cases[i].bits, cases[i].odd, cases[i].e);
        for (size_t k = 0; k < 2; k++) {
            if ((reason(a, pem, algs[k], KEY_STRONG)[0] == '\0') != cases[i].strong ||
                (reason(a, pem, algs[k], KEY_WEAK_ALLOWED)[0] == '\0') != cases[i].weak)
                fail_msg("case %zu, %s: %s", i, algs[k], reason(a, pem, algs[k], KEY_STRONG));
        }
    }
    assert_string_equal(reason(a, rsa_pem(a, 1024, true, 65537), "RS256", KEY_STRONG),
                        "the RSA key has 1024 bits; 2048 to 8192 are accepted");
}

static void a_key_bound_to_pss_is_another_kind(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    EVP_PKEY *pair = NULL;

    assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
    assert_int_equal(EVP_PKEY_generate(ctx, &pair), 1);
    str pem = pem_of(a, pair);
    assert_string_equal(reason(a, pem, "RS256", KEY_STRONG),
                        "RS256 needs a key of kind RSA; this one is RSA-PSS");
    assert_string_equal(reason(a, pem, "PS256", KEY_STRONG),
                        "PS256 needs a key of kind RSA; this one is RSA-PSS");
    EVP_PKEY_free(pair);
    EVP_PKEY_CTX_free(ctx);
}

static void a_curve_by_explicit_parameters_is_refused(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    EVP_PKEY *pair = EVP_EC_gen("P-256");

    assert_string_equal(reason(a, pem_of(a, pair), "ES256", KEY_STRONG), "");
    assert_int_equal(EVP_PKEY_set_utf8_string_param(pair, OSSL_PKEY_PARAM_EC_ENCODING,
                                                    OSSL_PKEY_EC_ENCODING_EXPLICIT),
                     1);
    assert_true(str_starts(str_of(reason(a, pem_of(a, pair), "ES256", KEY_STRONG)),
                           STR("ES256 needs a key of kind P-256")));
    EVP_PKEY_free(pair);
}

/* CVE-2016-9121 and its like: a point that is not on the curve. The last byte of y is changed. */
static void a_point_off_the_curve_is_refused(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(test_key("ES256")->pair, &der);
    AUTO_BUF text = buf_with_limit(KiB);

    der[len - 1] ^= 1;
    base64url_append(&text, (str){ (const char *)der, (size_t)len });
    for (size_t i = 0; i < text.len; i++)
        text.ptr[i] = text.ptr[i] == '-' ? '+' : text.ptr[i] == '_' ? '/' : text.ptr[i];
    const char *padding = text.len % 4 == 2 ? "==" : text.len % 4 == 3 ? "=" : "";
    str pem = str_of(arena_printf(a, "-----BEGIN PUBLIC KEY-----\n%s%s\n-----END PUBLIC KEY-----\n",
                                  text.ptr, padding));
    assert_string_not_equal(reason(a, pem, "ES256", KEY_STRONG), "");
    OPENSSL_free(der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_as_long_as_its_digest),
        cmocka_unit_test(secrets_from_documentation_are_refused),
        cmocka_unit_test(what_nobody_filled_in_is_no_secret),
        cmocka_unit_test(a_secret_has_an_upper_bound),
        cmocka_unit_test(rsa_keys_have_2048_to_8192_bits_and_sound_numbers),
        cmocka_unit_test(a_key_bound_to_pss_is_another_kind),
        cmocka_unit_test(a_curve_by_explicit_parameters_is_refused),
        cmocka_unit_test(a_point_off_the_curve_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a JWK says of itself binds, and what it is made of must be sound: a case that passes and one
 * that fails for each rule. The answer is what is told of a set of that key alone. */
#include "published.h"

#define SKIPPED(why) "1 of 1 keys skipped: 1 " why

struct row {
    const char *alg;   /* of the key; NULL: `jwk` is whole */
    const char *extra; /* members added to a good key, or the whole of it */
    const char *told;  /* "": usable */
};

// clang-format off
static const struct row rows[] = {
    /* use and key_ops (RFC 7517 §4.2, §4.3); both where both are given */
    { "RS256", "", "" },
    { "ES256", ",\"use\":\"sig\"", "" },
    { "ES256", ",\"use\":\"enc\"", SKIPPED("not for signatures (use, key_ops)") },
    { "ES256", ",\"use\":\"SIG\"", SKIPPED("not for signatures (use, key_ops)") },
    { "ES256", ",\"use\":7", SKIPPED("not for signatures (use, key_ops)") },
    { "ES256", ",\"key_ops\":[\"verify\"]", "" },
    { "ES256", ",\"key_ops\":[\"sign\",\"verify\"]", "" },
    { "ES256", ",\"key_ops\":[\"encrypt\"]", SKIPPED("not for signatures (use, key_ops)") },
    { "ES256", ",\"key_ops\":[\"\"]", SKIPPED("not for signatures (use, key_ops)") },
    { "ES256", ",\"key_ops\":\"verify\"", SKIPPED("not for signatures (use, key_ops)") },
    { "ES256", ",\"use\":\"sig\",\"key_ops\":[\"deriveKey\"]", SKIPPED("not for signatures (use, key_ops)") },
    { "ES256", ",\"use\":\"enc\",\"key_ops\":[\"verify\"]", SKIPPED("not for signatures (use, key_ops)") },
    /* alg (RFC 7517 §4.4) */
    { "RS256", ",\"alg\":\"RS256\"", "" },
    { "RS256", ",\"alg\":\"PS512\"", "" },
    { "RS256", ",\"alg\":\"RSA-OAEP\"", SKIPPED("of another algorithm") },
    { "RS256", ",\"alg\":\"none\"", SKIPPED("of another algorithm") },
    { "RS256", ",\"alg\":\"rs256\"", SKIPPED("of another algorithm") },
    { "RS256", ",\"alg\":256", SKIPPED("damaged") },
    { "RS256", ",\"alg\":\"ES256\"", SKIPPED("damaged") },
    { "ES256", ",\"alg\":\"ES384\"", SKIPPED("damaged") },
    { "ES512", ",\"alg\":\"ES512\"", "" },
    { "EdDSA", ",\"alg\":\"EdDSA\"", "" },
    { "EdDSA", ",\"alg\":\"Ed25519\"", "" },
    { "Ed25519", ",\"alg\":\"Ed25519\"", "" },
    { "EdDSA", ",\"alg\":\"Ed448\"", SKIPPED("of another algorithm") },
    { "RS256", ",\"alg\":\"Ed25519\"", SKIPPED("damaged") },
    /* kid */
    { "ES256", ",\"kid\":\"a/b\\\"c d\"", "" },
    { "ES256", ",\"kid\":7", SKIPPED("damaged") },
    { "ES256", ",\"kid\":{}", SKIPPED("damaged") },
    /* absent members, as .NET and Java write them */
    { "ES256", ",\"kid\":null", "" },
    { "ES256", ",\"use\":null,\"key_ops\":null,\"alg\":null,\"kid\":null", "" },
    { "ES256", ",\"use\":\"\",\"key_ops\":\"\",\"alg\":\"\",\"kid\":\"\"", "" },
    { "ES256", ",\"use\":[],\"key_ops\":[],\"alg\":[],\"kid\":[]", "" },
    { "RS256", ",\"alg\":\"RS256\",\"use\":\"sig\",\"key_ops\":[],\"oth\":null,\"x5c\":[],\"x5u\":null", "" },
    { "RS256", ",\"d\":null,\"p\":null,\"q\":null,\"dp\":null,\"dq\":null,\"qi\":null,\"oth\":[],\"k\":null", "" },
    { "RS256", ",\"d\":\"\",\"p\":\"\",\"q\":\"\",\"dp\":[],\"dq\":\"\",\"qi\":\"\",\"oth\":\"\",\"k\":\"\"", "" },
    { "ES256", ",\"use\":null,\"key_ops\":[\"encrypt\"]", SKIPPED("not for signatures (use, key_ops)") },
    { "ES256", ",\"use\":false", SKIPPED("not for signatures (use, key_ops)") },
    { "ES256", ",\"alg\":{}", SKIPPED("damaged") },
    /* members that are not believed */
    { "ES256", ",\"x5t\":\"AAAA\",\"x5u\":\"http://169.254.169.254/\",\"jku\":\"file:///etc/passwd\"", "" },
    { "ES256", ",\"x5c\":[\"garbage\"]", "" },
    /* types */
    { NULL, "{}", "not a key set: expected {\"keys\":[...]}, a JWK or a map of certificates" },
    { NULL, "{\"kty\":7}", SKIPPED("damaged") },
    { NULL, "{\"kty\":\"rsa\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", SKIPPED("of an unknown type") },
    { NULL, "{\"kty\":\"AKP\",\"pub\":\"AAAA\"}", SKIPPED("of an unknown type") },
    { NULL, "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}", SKIPPED("of an unknown type") },
    { NULL, "{\"kty\":\"OKP\",\"crv\":\"ED25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}", SKIPPED("of an unknown type") },
    { NULL, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}", "" },
    { NULL, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR\"}", SKIPPED("damaged") },
    { NULL, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"}", SKIPPED("with padded numbers (base64url has no \"=\")") },
    { NULL, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}", SKIPPED("with numbers in standard base64, not base64url") },
    { NULL, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"}", SKIPPED("with numbers in standard base64, not base64url") },
    { NULL, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}", SKIPPED("damaged") },
    { NULL, "{\"kty\":\"OKP\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}", SKIPPED("damaged") },
    /* points (RFC 7518 §6.2): on the curve, each coordinate as long as the curve's */
    { NULL, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}", "" },
    { NULL, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5aw\"}", SKIPPED("damaged") },
    { NULL, "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}", SKIPPED("damaged") },
    { NULL, "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}", SKIPPED("of an unknown type") },
    { NULL, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"}", SKIPPED("damaged") },
    { NULL, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AH_NzidwhsRdQYPL7m_bS3tYBzM1e-nvE7rPbjx70VRF\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}", SKIPPED("damaged") },
    { NULL, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", SKIPPED("damaged") },
    /* numbers of RSA */
    { NULL, "{\"kty\":\"RSA\",\"e\":\"AQAB\"}", SKIPPED("damaged") },
    { NULL, "{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}", SKIPPED("damaged") },
    { NULL, "{\"kty\":\"RSA\",\"n\":7,\"e\":\"AQAB\"}", SKIPPED("damaged") },
    { NULL, "{\"kty\":\"RSA\",\"n\":\"AQAB+/8=\",\"e\":\"AQAB\"}", SKIPPED("with numbers in standard base64, not base64url") },
    { NULL, "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQABAA==\"}", SKIPPED("with padded numbers (base64url has no \"=\")") },
    { NULL, "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", SKIPPED("too weak") },
    /* nothing but a certificate */
    { NULL, "{\"kty\":\"RSA\",\"x5c\":[\"AAAA\"]}", SKIPPED("only a certificate (x5c)") },
    { NULL, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x5c\":[\"AAAA\"]}", SKIPPED("only a certificate (x5c)") },
    { NULL, "{\"kty\":\"RSA\",\"n\":null,\"e\":\"\",\"x5c\":[\"AAAA\"]}", SKIPPED("only a certificate (x5c)") },
};
// clang-format on

/* docs/design/security.md 8. */
static void a_key_is_usable_or_skipped_for_its_reason(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *text = rows[i].alg == NULL
                               ? rows[i].extra
                               : published_jwk(a, test_key(rows[i].alg), rows[i].extra);
        for (int is_remote = 0; is_remote < 2; is_remote++) {
            const char *told = published_told(a, text, is_remote);
            if (strcmp(told, rows[i].told) != 0)
                fail_msg("%s: \"%s\" is not \"%s\"", text, told, rows[i].told);
        }
    }
}

/* What a key's `alg` is worth: tokens of that algorithm and of no other. */
static void a_key_verifies_its_own_algorithm_alone(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    struct jwks *set = NULL;
    const char *told;

    set = published_read(a, published_jwk(a, test_key("RS256"), ",\"alg\":\"RS256\""), true, &told);
    assert_int_equal(jwks_count(set), 1);
    assert_true(published_verifies(set, published_token(a, "RS256", test_key("RS256"), NULL)));
    assert_false(published_verifies(set, published_token(a, "RS512", test_key("RS512"), NULL)));
    assert_false(published_verifies(set, published_token(a, "PS256", test_key("PS256"), NULL)));
    jwks_unref(set);
}

/* RFC 9864 §2.2: one algorithm of two names. A key that names one is not the other's; a key that
 * names none is a key of each, as with RSA; and a set may publish it under both. */
static void the_two_names_of_ed25519_are_two_algorithms(void **state)
{
    static const struct {
        const char *extra;
        bool old_name, new_name;
    } published[] = { { ",\"alg\":\"EdDSA\"", true, false },
                      { ",\"alg\":\"Ed25519\"", false, true },
                      { "", true, true } };
    (void)state;
    AUTO(arena) *a = arena_new();
    struct key *sibling = test_sibling(test_key("EdDSA"), "Ed25519");
    str old_token = published_token(a, "EdDSA", test_key("EdDSA"), NULL);
    str new_token = published_token(a, "Ed25519", sibling, NULL);
    const char *told;

    for (size_t i = 0; i < COUNT(published); i++) {
        const char *jwk = published_jwk(a, test_key("EdDSA"), published[i].extra);
        struct jwks *set = published_read(a, jwk, true, &told);

        assert_int_equal(published_verifies(set, old_token), published[i].old_name);
        assert_int_equal(published_verifies(set, new_token), published[i].new_name);
        jwks_unref(set);
    }
    struct jwks *both = published_read(
        a,
        arena_printf(a, "{\"keys\":[%s,%s]}",
                     published_jwk(a, test_key("EdDSA"), ",\"kid\":\"k\",\"alg\":\"EdDSA\""),
                     published_jwk(a, test_key("EdDSA"), ",\"kid\":\"k\",\"alg\":\"Ed25519\"")),
        true, &told);
    assert_true(published_verifies(both, old_token) && published_verifies(both, new_token));
    jwks_unref(both);
    key_free(sibling);
}

/* docs/design/security.md 8. */
static void a_kid_has_256_bytes_at_most(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    char kid[KID_MAX_BYTES + 2];

    memset(kid, 'k', sizeof(kid));
    kid[KID_MAX_BYTES] = '\0';
    const char *fine = published_jwk(a, test_key("ES256"), arena_printf(a, ",\"kid\":\"%s\"", kid));
    kid[KID_MAX_BYTES] = 'k';
    kid[KID_MAX_BYTES + 1] = '\0';
    const char *long_one =
        published_jwk(a, test_key("ES256"), arena_printf(a, ",\"kid\":\"%s\"", kid));
    assert_string_equal(published_told(a, fine, true), "");
    assert_string_equal(published_told(a, long_one, true), SKIPPED("damaged"));
}

/* {"kty":"RSA"} of these numbers, with so many zero bytes before n. */
static const char *rsa_jwk(arena *a, const BIGNUM *n, const char *e, size_t zeros)
{
    unsigned char bytes[2100] = { 0 };
    AUTO_BUF text = buf_with_limit(4 * KiB);
    size_t len = (size_t)BN_num_bytes(n) + zeros;

    assert_int_equal(BN_bn2binpad(n, bytes, (int)len), (int)len);
    base64url_append(&text, (str){ (const char *)bytes, len });
    return arena_printf(a, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}", text.ptr, e);
}

/* RFC 7518 §3.3; the rules themselves have more cases in test_weak_keys.c. */
static void rsa_has_2048_to_8192_bits_and_a_sound_exponent(void **state)
{
    static const struct {
        int bits;
        bool odd;
        const char *e;
        size_t zeros;
        const char *told;
    } cases[] = {
        { 2048, true, "AQAB", 0, "" },
        { 2048, true, "AQAB", 1, "" }, /* Keycloak and others send the sign byte */
        { 8192, true, "AQAB", 0, "" },
        { 2048, true, "AAEAAQ", 0, "" },
        { 2047, true, "AQAB", 0, SKIPPED("too weak") },
        { 1024, true, "AQAB", 0, SKIPPED("too weak") },
        { 8193, true, "AQAB", 0, SKIPPED("too weak") },
        { 16384, true, "AQAB", 0, SKIPPED("too weak") },
        { 2048, false, "AQAB", 0, SKIPPED("too weak") },
        { 2048, true, "AQ", 0, SKIPPED("too weak") },
        { 2048, true, "Aw", 0, SKIPPED("too weak") },
        { 2048, true, "AQAA", 0, SKIPPED("too weak") },
        { 2048, true, "AQAAAAAAAAAAAQ", 0, SKIPPED("too weak") },
        { 2048, true, "AA", 0, SKIPPED("too weak") },
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(cases); i++) {
        BIGNUM *n = BN_new();
        (void)BN_set_bit(n, cases[i].bits - 1);
        (void)BN_add_word(n, cases[i].odd ? 12345 : 12346);
        const char *told = published_told(a, rsa_jwk(a, n, cases[i].e, cases[i].zeros), true);
        if (strcmp(told, cases[i].told) != 0)
            fail_msg("case %zu: %s", i, told);
        BN_free(n);
    }
}

/* ROCA, CVE-2017-15361: 65537 to any power is such a modulus. */
static void a_modulus_of_the_broken_smart_cards_is_refused(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *n = BN_new(), *base = BN_new(), *power = BN_new();

    (void)BN_set_word(base, 65537);
    (void)BN_set_word(power, 150); /* 150 * 16 bits and a little */
    assert_int_equal(BN_exp(n, base, power, ctx), 1);
    assert_true(BN_num_bits(n) >= RSA_MIN_BITS);
    assert_string_equal(published_told(a, rsa_jwk(a, n, "AQAB", 0), true), SKIPPED("too weak"));
    (void)BN_add_word(n, 2);
    assert_string_equal(published_told(a, rsa_jwk(a, n, "AQAB", 0), true), "");
    BN_free(n);
    BN_free(base);
    BN_free(power);
    BN_CTX_free(ctx);
}

/* RFC 7518 §6.4. 64 random-looking bytes; HS512 takes no fewer. */
static void a_local_secret_is_long_enough_for_its_algorithm(void **state)
{
    static const char sixty_four[] =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    static const struct {
        int letters;
        const char *extra, *told;
        size_t roles;
    } cases[] = {
        { 86, ",\"alg\":\"HS512\"", "", 1 },
        { 86, "", "", 3 },
        { 43, "", "", 1 }, /* HS256 alone */
        { 43, ",\"alg\":\"HS256\",\"use\":\"sig\"", "", 1 },
        { 43, ",\"alg\":\"HS512\"", SKIPPED("too weak"), 0 },
        { 42, ",\"alg\":\"HS256\"", SKIPPED("too weak"), 0 },
        { 0, ",\"alg\":\"HS256\"", SKIPPED("too weak"), 0 },
        { 43, ",\"alg\":\"RS256\"", SKIPPED("damaged"), 0 },
        { 43, ",\"alg\":\"A256KW\"", SKIPPED("of another algorithm"), 0 },
        { 43, ",\"use\":\"enc\"", SKIPPED("not for signatures (use, key_ops)"), 0 },
        { 41, "", SKIPPED("damaged"), 0 }, /* no base64url has this length */
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(cases); i++) {
        /* The last letter must have no stray bits. */
        char *k = arena_printf(a, "%.*s", cases[i].letters, sixty_four);
        if (cases[i].letters == 42 || cases[i].letters == 43)
            k[cases[i].letters - 1] = 'A';
        const char *told,
            *jwk = arena_printf(a, "{\"kty\":\"oct\",\"k\":\"%s\"%s}", k, cases[i].extra);
        struct jwks *set = published_read(a, jwk, false, &told);
        if (strcmp(told, cases[i].told) != 0)
            fail_msg("case %zu: %s", i, told);
        assert_int_equal(jwks_count(set), cases[i].roles);
        jwks_unref(set);
        assert_true(
            str_starts(str_of(published_told(a, jwk, true)), STR(SKIPPED("a published secret"))));
    }
    assert_string_equal(published_told(a, "{\"kty\":\"oct\"}", false), SKIPPED("damaged"));
}

static void weak_keys_are_taken_where_they_are_allowed(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    struct jwks_rules rules = published_rules(false);
    const char *told;

    rules.strength = KEY_WEAK_ALLOWED;
    struct jwks *set = published_read_by(a, "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"c2hvcnQ\"}",
                                         &rules, &told);
    assert_string_equal(told, "");
    assert_int_equal(jwks_count(set), 1);
    jwks_unref(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_usable_or_skipped_for_its_reason),
        cmocka_unit_test(a_key_verifies_its_own_algorithm_alone),
        cmocka_unit_test(the_two_names_of_ed25519_are_two_algorithms),
        cmocka_unit_test(a_kid_has_256_bytes_at_most),
        cmocka_unit_test(rsa_has_2048_to_8192_bits_and_a_sound_exponent),
        cmocka_unit_test(a_modulus_of_the_broken_smart_cards_is_refused),
        cmocka_unit_test(a_local_secret_is_long_enough_for_its_algorithm),
        cmocka_unit_test(weak_keys_are_taken_where_they_are_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Algorithm confusion. The attacker takes the public key, which everybody has, and signs HS256 with
 * its text as the secret; a verifier that believes the token's `alg` and has one `verify(token,
 * key)` accepts it (CVE-2015-9235 jsonwebtoken, CVE-2016-10555 jwt-simple, CVE-2016-5431 jose-php,
 * CVE-2022-23541, CVE-2024-37568 Authlib). Blocklists of PEM headers were walked around: PKCS#1
 * (CVE-2017-11424 PyJWT), SSH (CVE-2022-29217 PyJWT, CVE-2024-33663 python-jose), DER
 * (python-jose #398), a leading blank (CVE-2023-48223, CVE-2026-34950 fast-jwt), a JWK
 * (CVE-2026-48526 PyJWT). Here the key fixes the
 * algorithm, exactly: not the family either (RS512 passed an RS256 pin: libjwt c948840), nor does a
 * key say less than one algorithm (CVE-2026-22817 Hono, CVE-2026-44699 libjwt). And no secret is a
 * key in any costume, so the mistake cannot be configured. */
#include "base/mem.h"

#include "jwk_key.h"

static void a_public_key_as_an_hmac_secret_verifies_nothing(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    char *pem = NULL;
    struct key *forger = NULL;

    assert_int_equal(key_public_pem(test_key("RS256"), &pem, NULL), AGENTOS_OK);
    /* The attacker is not bound by our rules. */
    assert_int_equal(key_of_secret(str_of(pem), alg_find(STR("HS256")), &forger, NULL), AGENTOS_OK);
    str token = test_token(a, forger, "{\"alg\":\"HS256\"}", "{\"sub\":\"admin\"}");
    assert_refused(token, test_key("RS256"), "The specified alg value is not allowed");
    token = test_token(a, forger, "{\"alg\":\"RS256\"}", "{\"sub\":\"admin\"}");
    assert_refused(token, test_key("RS256"), "Signature verification failed");
    key_free(forger);
    free(pem);
}

static void a_token_of_any_other_algorithm_than_the_keys_is_refused(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t signer = 0; signer < TEST_ALG_COUNT; signer++) {
        str token = test_token(a, test_key(test_algs[signer]),
                               arena_printf(a, "{\"alg\":\"%s\"}", test_algs[signer]), "{}");
        for (size_t i = 0; i < TEST_ALG_COUNT; i++) {
            if (i == signer)
                assert_accepted(token, test_key(test_algs[i]));
            else
                assert_refused(token, test_key(test_algs[i]),
                               "The specified alg value is not allowed");
        }
    }
}

/* One RSA key, two algorithms: the pin is RS256, not "RSA". */
static void the_pin_is_one_algorithm_not_its_family(void **state)
{
    static const char *const siblings[] = { "RS384", "RS512", "PS256", "PS384", "PS512" };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(siblings); i++) {
        struct key *sibling = test_sibling(test_key("RS256"), siblings[i]);
        str honest = test_token(a, sibling, arena_printf(a, "{\"alg\":\"%s\"}", siblings[i]), "{}");
        str lying = test_token(a, sibling, "{\"alg\":\"RS256\"}", "{}");
        assert_accepted(honest, sibling);
        assert_refused(honest, test_key("RS256"), "The specified alg value is not allowed");
        assert_refused(lying, test_key("RS256"), "Signature verification failed");
        key_free(sibling);
    }
}

static void the_name_of_an_algorithm_is_compared_exactly(void **state)
{
    static const char *const headers[] = { "{\"alg\":\"rs256\"}",  "{\"alg\":\"RS256 \"}",
                                           "{\"alg\":\" RS256\"}", "{\"alg\":\"RS2567\"}",
                                           "{\"alg\":\"RS25\"}",   "{\"alg\":\"Rs256\"}" };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(headers); i++)
        assert_refused(test_token(a, test_key("RS256"), headers[i], "{}"), test_key("RS256"),
                       "The specified alg value is not allowed");
}

static void assert_no_secret(str text)
{
    static const char *const algs[] = { "HS256", "HS384", "HS512" };

    for (size_t i = 0; i < COUNT(algs); i++) {
        struct key *key = NULL;
        agentos_error err = { .message = "" };
        const struct alg *alg = alg_find(str_of(algs[i]));

        assert_int_equal(key_read_verification(text, alg, KEY_WEAK_ALLOWED, &key, &err),
                         AGENTOS_INVALID);
        if (strstr(err.message, "takes a shared secret") == NULL)
            fail_msg("%s: %s", text.ptr, err.message);
        assert_int_equal(key_read_signing(text, alg, KEY_WEAK_ALLOWED, &key, &err),
                         AGENTOS_INVALID);
    }
}

static void a_key_in_any_costume_is_no_shared_secret(void **state)
{
    static const char *const costumes[] = {
        "%s", " %s", "\n\n%s", "\t%s", "\xEF\xBB\xBF%s", "\"%s\"", "'%s", "key=%s", "%.60s",
    };
    (void)state;
    AUTO(arena) *a = arena_new();
    char *pem = NULL;

    assert_int_equal(key_public_pem(test_key("RS256"), &pem, NULL), AGENTOS_OK);
    for (size_t i = 0; i < COUNT(costumes); i++) {
        str pattern = str_of(costumes[i]), before = str_split(&pattern, '%');
        size_t len = pattern.len > 0 && pattern.ptr[0] == '.' ? 60 : strlen(pem);
        assert_no_secret(
            str_of(arena_printf(a, "%.*s%.*s", (int)before.len, before.ptr, (int)len, pem)));
    }
    free(pem);
    assert_no_secret(STR("-----BEGIN RSA PUBLIC KEY-----\\nMIIB"));
    assert_no_secret(STR("-----BEGIN CERTIFICATE-----\nMIIB"));
    assert_no_secret(STR("  -----BEGIN EC PRIVATE KEY-----"));
    assert_no_secret(STR("---- BEGIN SSH2 PUBLIC KEY ----\nAAAAB3NzaC1yc2EAAAADAQABAAABAQ"));
    assert_no_secret(STR("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC user@host"));
    assert_no_secret(STR(" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI user@host"));
    assert_no_secret(STR("ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY"));
    assert_no_secret(STR("sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5"));
    assert_no_secret(STR("{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}"));
    assert_no_secret(STR(" {\"keys\":[{\"kty\":\"EC\"}]}"));
}

static void a_key_in_der_or_its_base64_is_no_shared_secret(void **state)
{
    static const char *const algs[] = { "RS256", "ES256", "EdDSA" };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(algs); i++) {
        unsigned char *der = NULL;
        int len = i2d_PUBKEY(test_key(algs[i])->pair, &der);
        AUTO_BUF text = buf_with_limit(4 * KiB);
        str pem = pem_of(a, test_key(algs[i])->pair), body = pem, line;

        assert_no_secret((str){ (const char *)der, (size_t)len });
        base64url_append(&text, (str){ (const char *)der, (size_t)len });
        assert_no_secret(buf_view(&text));
        /* The lines between BEGIN and END, with their padding and line breaks. */
        line = str_split(&body, '\n');
        body.len -= line.len - 1;
        assert_no_secret(body);
        OPENSSL_free(der);
    }
}

static void an_ordinary_secret_is_one(void **state)
{
    static const char *const secrets[] = {
        "correct horse battery staple correct horse battery staple correct",
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A", /* like DER,
                                                                                           but none
                                                                                         */
        "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "{\"this\":\"is an odd secret, but it is one; it is long enough for HS512 too\"}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(secrets); i++) {
        struct key *key = NULL;
        agentos_error err = { .message = "" };
        agentos_status status = key_read_verification(str_of(secrets[i]), alg_find(STR("HS512")),
                                                      KEY_STRONG, &key, &err);
        assert_string_equal(err.message, "");
        assert_int_equal(status, AGENTOS_OK);
        key_free(key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_public_key_as_an_hmac_secret_verifies_nothing),
        cmocka_unit_test(a_token_of_any_other_algorithm_than_the_keys_is_refused),
        cmocka_unit_test(the_pin_is_one_algorithm_not_its_family),
        cmocka_unit_test(the_name_of_an_algorithm_is_compared_exactly),
        cmocka_unit_test(a_key_in_any_costume_is_no_shared_secret),
        cmocka_unit_test(a_key_in_der_or_its_base64_is_no_shared_secret),
        cmocka_unit_test(an_ordinary_secret_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

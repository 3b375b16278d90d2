/* A token that brings its own key. RFC 7515 §4.1.2-4.1.6 lets a header carry the key (`jwk`), where
 * to fetch it
 * (`jku`, `x5u`) or a certificate (`x5c`); verifiers that used them let the attacker choose
 * (CVE-2018-0114 Cisco node-jose, CVE-2026-27962 Authlib). They are
 * never looked at: not used, not fetched, and no reason to refuse a token that is otherwise right.
 */
#include "base/mem.h"

#include "jwk_key.h"

static const char *const members[] = {
    "\"jwk\":{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}",
    "\"jku\":\"https://attacker.example/jwks.json\"",
    "\"jku\":\"file:///etc/passwd\"",
    "\"x5u\":\"http://169.254.169.254/latest/meta-data\"",
    "\"x5c\":[\"MIIB\"]",
    "\"x5t\":\"AAAA\",\"x5t#S256\":\"AAAA\"",
};

/* docs/design/security.md 7. */
static void keys_and_addresses_in_the_header_are_not_used(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    struct key *attacker = NULL;

    assert_int_equal(key_generate(alg_find(STR("ES256")), &attacker, NULL), AGENTOS_OK);
    for (size_t i = 0; i < COUNT(members); i++) {
        const char *header = arena_printf(a, "{\"alg\":\"ES256\",%s}", members[i]);
        assert_refused(test_token(a, attacker, header, "{\"sub\":\"admin\"}"), test_key("ES256"),
                       "Signature verification failed");
        assert_accepted(test_token(a, test_key("ES256"), header, "{\"sub\":\"u\"}"),
                        test_key("ES256"));
    }
    key_free(attacker);
}

/* The embedded key does verify the token, so only not looking at it refuses. */
static void an_embedded_key_that_fits_the_signature_is_not_used(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    struct key *attacker = NULL;
    unsigned char raw[32];
    size_t len = sizeof(raw);
    AUTO_BUF x = buf_with_limit(64);

    assert_int_equal(key_generate(alg_find(STR("EdDSA")), &attacker, NULL), AGENTOS_OK);
    assert_int_equal(EVP_PKEY_get_raw_public_key(attacker->pair, raw, &len), 1);
    base64url_append(&x, (str){ (const char *)raw, len });
    str token = test_token(
        a, attacker,
        arena_printf(
            a, "{\"alg\":\"EdDSA\",\"jwk\":{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}}",
            x.ptr),
        "{\"sub\":\"admin\"}");
    assert_accepted(token, attacker);
    assert_refused(token, test_key("EdDSA"), "Signature verification failed");
    key_free(attacker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_addresses_in_the_header_are_not_used),
        cmocka_unit_test(an_embedded_key_that_fits_the_signature_is_not_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

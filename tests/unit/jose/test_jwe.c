/* Encrypted and nested tokens. What decrypts can be made to inflate a bomb (CVE-2024-33664
 * python-jose, CVE-2024-28180 go-jose, CVE-2024-28122 jwx, CVE-2024-28102 jwcrypto), to count to
 * two thousand million (PBES2: CVE-2023-49290 jwx, CVE-2023-6681 jwcrypto, CVE-2023-52428 nimbus,
 * CVE-2023-31582 jose4j), to take a short tag (CVE-2023-37464 cjose, CVE-2018-1000539 json-jwt), to
 * give its key away to points off the curve (CVE-2016-9121 go-jose, CVE-2017-16007 node-jose), to
 * overflow a length (CVE-2016-9123 go-jose), to crash (GO-2026-4945, CVE-2026-34986 go-jose), and
 * to trust the unsigned token inside (CVE-2026-29000 pac4j). jws_parse() decrypts nothing: five
 * parts are refused before any is looked at, and check_header() refuses what would nest or inflate
 * in a signed one. */
#include "base/mem.h"

#include "tokens.h"

static const char *const encrypted[] = {
    "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
    "{\"alg\":\"RSA-OAEP\",\"enc\":\"A128CBC-HS256\"}",
    "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"zip\":\"DEF\"}",
    "{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A128GCM\",\"p2s\":\"AAAAAAAA\",\"p2c\":2147483647}",
    "{\"alg\":\"ECDH-ES\",\"enc\":\"A128GCM\",\"epk\":{\"kty\":\"EC\",\"x\":\"AA\",\"y\":\"AQ\"}}",
    "{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256GCM\",\"cty\":\"JWT\"}",
    "{\"alg\":\"none\",\"enc\":\"A256GCM\"}",
    "{\"alg\":\"HS256\"}",
};

/* docs/design/security.md 7. */
static void five_parts_are_refused_unread(void **state)
{
    static const char *const rests[] = {
        "AAAA.AAAAAAAAAAAAAAAA.eyJhbGciOiJub25lIn0.AAAAAAAAAAAAAAAAAAAAAA",
        ".AAAAAAAAAAAAAAAA.AAAA.AA", /* no key, a tag of one byte */
        "...",
        "!.!.!.!",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(encrypted); i++) {
        for (size_t r = 0; r < COUNT(rests); r++) {
            AUTO_BUF token = buf_with_limit(4 * KiB);
            struct jws jws;
            agentos_error err = { .message = "it was accepted" };

            base64url_append(&token, str_of(encrypted[i]));
            buf_printf(&token, ".%s", rests[r]);
            /* without an arena: nothing of it is decoded */
            assert_int_equal(jws_parse(NULL, buf_view(&token), &jws, &err),
                             AGENTOS_UNAUTHENTICATED);
            assert_string_equal(err.message, "Encrypted tokens (JWE) are not accepted");
        }
    }
}

/* Signed rightly, under a header that is a JWE's: its alg is no signature. */
static void an_encrypted_header_on_a_signed_token_verifies_nothing(void **state)
{
    AUTO(arena) *a = arena_new();
    const size_t own = COUNT(encrypted) - 1;

    (void)state;
    for (size_t i = 0; i < own; i++) {
        str token = test_token(a, test_key("HS256"), encrypted[i], "{\"sub\":\"admin\"}");
        struct jws jws;

        if (jws_parse(a, token, &jws, NULL) == AGENTOS_OK)
            assert_int_equal(jws_verify(&jws, test_key("HS256"), NULL), AGENTOS_UNAUTHENTICATED);
    }
    assert_accepted(test_token(a, test_key("HS256"), encrypted[own], "{\"sub\":\"admin\"}"),
                    test_key("HS256"));
}

/* docs/design/security.md 7. */
static void what_would_inflate_or_nest_is_refused_signed_or_not(void **state)
{
    static const struct {
        const char *member, *reason; /* NULL: accepted */
    } cases[] = {
        { "\"zip\":\"DEF\"", "Compressed tokens (zip) are not accepted" },
        { "\"zip\":null", "Compressed tokens (zip) are not accepted" },
        { "\"cty\":\"JWT\"", "Nested tokens (cty) are not accepted" },
        { "\"cty\":\"jwt\"", "Nested tokens (cty) are not accepted" },
        { "\"cty\":\"application/JWT\"", "Nested tokens (cty) are not accepted" },
        { "\"cty\":[\"JWT\"]", "Nested tokens (cty) are not accepted" },
        { "\"cty\":\"json\"", NULL },
        { "\"enc\":\"A256GCM\"", NULL }, /* RFC 7515 §4: not understood, ignored */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_header_judged(cases[i].member, cases[i].reason);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_parts_are_refused_unread),
        cmocka_unit_test(an_encrypted_header_on_a_signed_token_verifies_nothing),
        cmocka_unit_test(what_would_inflate_or_nest_is_refused_signed_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

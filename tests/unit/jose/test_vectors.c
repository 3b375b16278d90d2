/* Known answers: RFC 7515 appendix A.1 to A.4, RFC 8037 appendix A, RFC 7638 §3.1. Those of RFC
 * 7520 §4 are in the Wycheproof file, see test_wycheproof.c. */
#include "base/mem.h"

#include "jwk_key.h"

#define PAYLOAD                                                                                    \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl" \
    "fQ"

#define RSA_N                                                           \
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-" \
    "Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWv"  \
    "G6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs"   \
    "LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9"   \
    "kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kz"   \
    "k2PAcDTW9gb54h4FRWyuXpoQ"

struct vector {
    const char *source, *alg, *jwk, *token;
};

static const struct vector vectors[] = {
    { "RFC 7515 A.1", "HS256",
      "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-"
      "1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9"
      "CAow\"}",
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." PAYLOAD
      ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" },
    { "RFC 7515 A.2", "RS256", "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" RSA_N "\"}",
      "eyJhbGciOiJSUzI1NiJ9." PAYLOAD
      ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7"
      "AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
      "nZLgrnbyTyWzO75vRK5h6x"
      "BArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
      "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnv"
      "Wh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw" },
    { "RFC 7515 A.3", "ES256",
      "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
      "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
      "eyJhbGciOiJFUzI1NiJ9." PAYLOAD
      ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q" },
    { "RFC 7515 A.4", "ES512",
      "{\"kty\":\"EC\",\"crv\":\"P-521\","
      "\"x\":\"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_"
      "NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk\","
      "\"y\":\"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-"
      "x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2\"}",
      "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-"
      "mZZq"
      "wqT2SI-KGDKB34XO0aw_"
      "7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukO"
      "XolLzeO_Jn" },
    { "RFC 8037 A.4", "EdDSA",
      "{\"kty\":\"OKP\",\"crv\":\"ED25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg" },
};
enum { VECTOR_COUNT = COUNT(vectors) };

static struct key *read_vector_key(arena *a, const char *jwk_text_, const char *alg)
{
    const json_t *jwk = NULL;
    struct key *key = NULL;
    agentos_error err;

    assert_int_equal(json_parse(a, str_of(jwk_text_), &jwk, &err), AGENTOS_OK);
    assert_int_equal(
        key_read_verification(jwk_text(a, jwk), alg_find(str_of(alg)), KEY_STRONG, &key, &err),
        AGENTOS_OK);
    return key;
}

static void the_examples_of_the_rfcs_verify_with_their_own_key_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        AUTO(arena) *a = arena_new();
        struct key *key = read_vector_key(a, vectors[i].jwk, vectors[i].alg);
        struct jws jws;

        assert_int_equal(jws_parse(a, str_of(vectors[i].token), &jws, NULL), AGENTOS_OK);
        assert_int_equal(jws_verify(&jws, key, NULL), AGENTOS_OK);
        assert_int_equal(jws_verify(&jws, test_key(vectors[i].alg), NULL), AGENTOS_UNAUTHENTICATED);
        key_free(key);
    }
}

/* RFC 7515 A.1.1: the line breaks inside its payload are part of what is signed. */
static void the_payload_is_what_was_signed_byte_for_byte(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    struct jws jws;
    agentos_error err;
    const struct jwt_checks checks = { .issuer = "joe" };
    const json_t *claims = NULL;

    assert_int_equal(jws_parse(a, str_of(vectors[0].token), &jws, &err), AGENTOS_OK);
    assert_true(str_equal(jws.payload, STR("{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n "
                                           "\"http://example.com/is_root\":true}")));
    assert_int_equal(jwt_claims(a, &jws, &claims, &err), AGENTOS_OK);
    assert_int_equal(jwt_check(claims, &checks, 1300819379, &err), AGENTOS_OK);
    assert_int_equal(jwt_check(claims, &checks, 1300819380, &err), AGENTOS_UNAUTHENTICATED);
}

static void thumbprints_are_those_of_the_rfcs(void **state)
{
    static const struct {
        const char *alg, *jwk, *thumbprint;
    } prints[] = {
        /* RFC 7638 §3.1 */
        { "RS256",
          "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":"
          "\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7a"
          "PFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_"
          "RN5w6Cf0h4QyQ5v-65YGj"
          "QR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"
          "bFTWhAI4vMQFh6W"
          "eZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\"}",
          "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" },
        /* RFC 8037 A.3 */
        { "EdDSA",
          "{\"kty\":\"OKP\",\"crv\":\"ED25519\",\"x\":\"11qYAYKxCrfVS_"
          "7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
          "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(prints); i++) {
        AUTO(arena) *a = arena_new();
        struct key *key = read_vector_key(a, prints[i].jwk, prints[i].alg);
        char text[KEY_THUMBPRINT_SIZE];

        assert_string_equal(key_thumbprint(key, text), prints[i].thumbprint);
        key_free(key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_rfcs_verify_with_their_own_key_alone),
        cmocka_unit_test(the_payload_is_what_was_signed_byte_for_byte),
        cmocka_unit_test(thumbprints_are_those_of_the_rfcs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* agentos_token_mint(): what it signs a verifier reads, and what it refuses. */
#include "agentos/agentos.h"
#include "base/clock.h"
#include "jose/jws.h"
#include "jose/key.h"

#include "tokens.h"

#define SECRET "inventory-secret-0123456789-0123456789"

/* The private key of an algorithm in PEM. */
static const char *pem_of(arena *a, const char *alg)
{
    struct key *key = NULL;
    char *pem = NULL;

    assert_int_equal(key_generate(alg_find(str_of(alg)), &key, NULL), AGENTOS_OK);
    assert_int_equal(key_private_pem(key, &pem, NULL), AGENTOS_OK);
    key_free(key);
    const char *copy = arena_copy(a, str_of(pem));
    free(pem);
    return copy;
}

/* The claims of a token that verifies by the private key that signed it. */
static const json_t *claims_of(arena *a, const char *token, const char *key_text)
{
    struct key *key = NULL;
    struct jws jws;
    const json_t *claims = NULL;

    assert_non_null(token);
    assert_int_equal(jws_parse(a, str_of(token), &jws, NULL), AGENTOS_OK);
    assert_int_equal(key_read_signing(str_of(key_text), alg_find(jws.alg), KEY_STRONG, &key, NULL),
                     AGENTOS_OK);
    assert_int_equal(jws_verify(&jws, key, NULL), AGENTOS_OK);
    key_free(key);
    assert_int_equal(json_parse(a, jws.payload, &claims, NULL), AGENTOS_OK);
    return claims;
}

static void a_token_of_each_kind_of_key_verifies(void **state)
{
    static const char *const algs[] = { "RS256", "ES256", "EdDSA", "HS256" };

    (void)state;
    for (size_t i = 0; i < COUNT(algs); i++) {
        AUTO(arena) *a = arena_new();
        const char *key = strcmp(algs[i], "HS256") == 0 ? SECRET : pem_of(a, algs[i]);
        agentos_error err = { 0 };
        char *token = agentos_token_mint(
            &(agentos_token_options){ .key = key, .subject = "ann", .scopes = { "agents:read" } },
            &err);
        const json_t *claims = claims_of(a, token, key);

        assert_string_equal(json_string_value(json_object_get(claims, "sub")), "ann");
        assert_int_equal(json_array_size(json_object_get(claims, "scopes")), 1);
        assert_int_equal(json_integer_value(json_object_get(claims, "exp")) -
                             json_integer_value(json_object_get(claims, "iat")),
                         3600);
        free(token);
    }
}

static void every_option_is_a_claim(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    char *token = agentos_token_mint(
        &(agentos_token_options){
            .key = SECRET,
            .algorithm = "HS256",
            .kid = "k-1",
            .subject = "ann",
            .issuer = "https://id.example.com",
            .audience = { "a", "b" },
            .lifetime_s = 60,
            .claims = "{\"iat\": 1000, \"exp\": 4102444800, \"org\": {\"id\": 7}}",
        },
        NULL);
    const json_t *claims = claims_of(a, token, SECRET);
    struct jws jws;

    assert_int_equal(jws_parse(a, str_of(token), &jws, NULL), AGENTOS_OK);
    assert_true(str_equal(jws.kid, STR("k-1")));
    assert_string_equal(json_string_value(json_object_get(claims, "iss")),
                        "https://id.example.com");
    assert_int_equal(json_array_size(json_object_get(claims, "aud")), 2);
    assert_int_equal(json_integer_value(json_object_get(claims, "iat")), 1000);
    assert_int_equal(json_integer_value(json_object_get(claims, "exp")), 4102444800);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(claims, "org"), "id")), 7);
    assert_null(json_object_get(claims, "scopes"));
    free(token);
}

static void what_cannot_be_signed_is_refused(void **state)
{
    static const struct {
        agentos_token_options options;
        const char *why;
    } rows[] = {
        { { .subject = "ann" }, "the key is missing" },
        { { .key = "", .subject = "ann" }, "the key is missing" },
        { { .key = SECRET }, "the subject is missing" },
        { { .key = SECRET, .subject = "" }, "the subject is missing" },
        { { .key = "short", .subject = "ann" }, "bytes" },
        { { .key = SECRET, .algorithm = "none", .subject = "ann" },
          "'none' is not a known algorithm" },
        { { .key = SECRET, .algorithm = "RS256", .subject = "ann" }, "not PEM" },
        { { .key = SECRET, .subject = "ann", .lifetime_s = -1 },
          "the lifetime must be 0 to 100 years" },
        { { .key = SECRET, .subject = "ann", .scopes = { NULL, "agent_os:admin" } },
          "the list of scopes has a gap" },
        { { .key = SECRET, .subject = "ann", .audience = { "a", NULL, "b" } },
          "the list of audiences has a gap" },
        { { .key = SECRET, .subject = "ann", .claims = "[]" }, "the claims are not a JSON object" },
        { { .key = SECRET, .subject = "ann", .claims = "{\"sub\": \"root\"}" },
          "claim 'sub' has an option of its own" },
        { { .key = SECRET, .subject = "ann", .claims = "{\"a\": 1, \"a\": 2}" }, "a" },
        { { .key = SECRET, .subject = "\xff" }, "the claims must be UTF-8 text" },
        { { .key = SECRET, .subject = "ann", .kid = "\xff" },
          "the kid must be UTF-8 text of at most 256 bytes" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        agentos_error err = { 0 };

        assert_null(agentos_token_mint(&rows[i].options, &err));
        assert_int_equal(err.status, AGENTOS_INVALID);
        if (strstr(err.message, rows[i].why) == NULL)
            fail_msg("%zu: %s", i, err.message);
        assert_null(strstr(err.message, SECRET));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_of_each_kind_of_key_verifies),
        cmocka_unit_test(every_option_is_a_claim),
        cmocka_unit_test(what_cannot_be_signed_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

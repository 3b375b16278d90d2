/* The outside of a token: parts, alphabet, size, the header as JSON. The reasons are the wire
 * contract's. A second encoding of the same token would slip past revocation lists and caches
 * (malleability): there is one text for each token. What a shape may cost is test_parse_cost.c's.
 */
#include "base/mem.h"

#include "tokens.h"

#define H "eyJhbGciOiJIUzI1NiJ9" /* {"alg":"HS256"} */
#define P "e30"                  /* {} */
#define S "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const struct {
    const char *token, *reason;
} refused[] = {
    { "", "Not enough segments" },
    { "Bearer", "Not enough segments" },
    { "not-a-jwt", "Not enough segments" },
    { "a.b", "Not enough segments" },
    { H "." P, "Not enough segments" },
    { "a.b.c", "Invalid header padding" },
    { H "=." P "." S, "Invalid header padding" },
    { " " H "." P "." S, "Invalid header padding" },
    { "eyJhbGciOiJIUzI1NiJ/." P "." S, "Invalid header padding" },
    { H "." P "=." S, "Invalid payload padding" },
    { H ".e31." S, "Invalid payload padding" }, /* stray bits */
    { H ".e 30." S, "Invalid payload padding" },
    { H "." P "." S "=", "Invalid crypto padding" },
    { H "." P "." S "\n", "Invalid crypto padding" },
    { H "." P "." S "A", "Signature verification failed" },
    { H "." P ".AAA?", "Invalid crypto padding" },
    { H "." P "." S, "Signature verification failed" },
    { H "." P ".", "Signature verification failed" },
    { H ".." S, "Signature verification failed" },
    { "." P "." S, "Invalid header string: JSON line 1: '[' or '{' expected near end of file" },
    { "W10." P "." S, "Invalid header string: must be a json object" }, /* [] */
    { "e30." P "." S, "Algorithm not specified" },
    { "eyJhbGciOjV9." P "." S, "Algorithm not specified" },                  /* {"alg":5} */
    { "eyJhbGciOiIifQ." P "." S, "The specified alg value is not allowed" }, /* {"alg":""} */
    { H "." P "." S "." S, "Too many segments" },
    { H "." P "." S "." S "." S, "Encrypted tokens (JWE) are not accepted" },
    { H "." P "." S "." S "." S "." S, "Too many segments" },
    { "......................................................", "Too many segments" },
};

/* docs/design/security.md 7. */
static void a_token_of_another_shape_is_refused_in_the_contracts_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++)
        assert_refused(str_of(refused[i].token), test_key("HS256"), refused[i].reason);
}

static void a_header_that_is_no_strict_json_is_refused(void **state)
{
    static const char *const headers[] = {
        "{\"alg\":\"HS256\"",
        "{\"alg\":\"HS256\"}x",
        "{alg:\"HS256\"}",
        "{\"alg\":\"HS256\",}",
        "{\"alg\":\"HS\xff\x32\x35\"}",
        "{\"a\\u0000lg\":\"\"}",
        "null",
        "{\"alg\":\"HS\\\xc8\x89\"}", /* jansson quotes half a character in its reason */
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(headers); i++) {
        struct jws jws;
        agentos_error err = { .message = "" };
        str token = test_token(a, test_key("HS256"), headers[i], "{}");

        assert_int_equal(jws_parse(a, token, &jws, &err), AGENTOS_UNAUTHENTICATED);
        assert_true(str_starts(str_of(err.message), STR("Invalid header string: ")));
        assert_true(str_is_utf8(str_of(err.message)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_of_another_shape_is_refused_in_the_contracts_words),
        cmocka_unit_test(a_header_that_is_no_strict_json_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

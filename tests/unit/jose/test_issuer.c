/* The issuer. PyJWT 2.10.0 asked whether one string was in the other (CVE-2024-53861: "abc" passed
 * for
 * "__abcd"), fast-jwt took an array that held the right one among others (CVE-2025-30144), Envoy
 * treated a wrong issuer as a missing one (auth/test_wrong_issuer.c). Here it is one string, equal
 * byte for byte: no trailing-slash mercy. */
#include "base/mem.h"

#include "tokens.h"

#define EXPECTED "https://idp.example"
#define WRONG    "Invalid token: Invalid issuer. Expected: " EXPECTED ", got: "
#define MISSING                                                                                   \
    "Invalid token: Token is missing the \"iss\" claim. Issuer verification requires this claim " \
    "to be present in the token."
#define NO_TEXT "Invalid token: Payload Issuer (iss) must be a string"

static const struct jwt_checks checks = { .issuer = EXPECTED };

static void the_issuer_is_equal_byte_for_byte(void **state)
{
    static const struct {
        const char *json, *message;
    } cases[] = {
        { "{\"iss\":\"https://idp.example\"}", "" },
        { "{\"iss\":\"https:\\/\\/idp.example\"}", "" },
        { "{\"iss\":\"https://evil.example\"}", WRONG "https://evil.example" },
        { "{\"iss\":\"https://idp.example/\"}", WRONG "https://idp.example/" },
        { "{\"iss\":\"https://idp.exampl\"}", WRONG "https://idp.exampl" },
        { "{\"iss\":\"idp\"}", WRONG "idp" },
        { "{\"iss\":\"https://idp.example.evil\"}", WRONG "https://idp.example.evil" },
        { "{\"iss\":\"HTTPS://idp.example\"}", WRONG "HTTPS://idp.example" },
        { "{\"iss\":\"\"}", WRONG },
        { "{\"iss\":[\"https://idp.example\"]}", NO_TEXT },
        { "{\"iss\":{\"https://idp.example\":1}}", NO_TEXT },
        { "{\"iss\":5}", NO_TEXT },
        { "{}", MISSING },
        { "{\"iss\":null}", MISSING },
        { "{\"ISS\":\"https://idp.example\"}", MISSING },
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(test_claims(a, cases[i].json, &checks, 0), cases[i].message);
}

static void without_a_configured_issuer_none_is_asked_for(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const struct jwt_checks none = { .issuer = NULL };

    assert_string_equal(test_claims(a, "{}", &none, 0), "");
    assert_string_equal(test_claims(a, "{\"iss\":5}", &none, 0), "");
}

static void a_long_issuer_is_cut_between_characters(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    AUTO_BUF iss = buf_with_limit(4 * KiB);

    buf_append_char(&iss, 'x');
    for (size_t i = 0; i < 1000; i++)
        buf_append(&iss, STR("\xc3\xa9"));
    const char *message = test_claims(a, arena_printf(a, "{\"iss\":\"%s\"}", iss.ptr), &checks, 0);
    assert_true(str_starts(str_of(message), STR(WRONG "x\xc3\xa9")));
    assert_int_equal(strlen(message), strlen(WRONG) + 255);
    assert_true(str_is_utf8(str_of(message)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_issuer_is_equal_byte_for_byte),
        cmocka_unit_test(without_a_configured_issuer_none_is_asked_for),
        cmocka_unit_test(a_long_issuer_is_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

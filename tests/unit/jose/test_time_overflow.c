/* exp, nbf and iat at their edges. A claim of the wrong type was taken for an absent one, so that
 * an expired token lived on (CVE-2026-25537, rust jsonwebtoken); a number beyond 2^63 wraps, one
 * beyond 2^53 is rounded by half of the world's parsers; `now + leeway` overflows. Here a
 * NumericDate is a JSON number in 0 .. 2^53, and anything else is refused. */
#include "base/mem.h"

#include "tokens.h"

#define EXP  "Invalid token: Expiration Time claim (exp) must be an integer."
#define NBF  "Invalid token: Not Before claim (nbf) must be an integer."
#define IAT  "Invalid token: Issued At claim (iat) must be an integer."
#define LATE "Token has expired"

static const struct {
    const char *json, *message;
} cases[] = {
    /* now is 1795290000, leeway 10 s: the edges of each */
    { "{\"exp\":1795290001}", "" },
    { "{\"exp\":1795290000}", "" },
    { "{\"exp\":1795289991}", "" },
    { "{\"exp\":1795289990}", LATE },
    { "{\"exp\":0}", LATE },
    { "{\"nbf\":1795290010}", "" },
    { "{\"nbf\":1795290011}", "Invalid token: The token is not yet valid (nbf)" },
    { "{\"iat\":1795290010}", "" },
    { "{\"iat\":1795290011}", "Invalid token: The token is not yet valid (iat)" },
    { "{\"iat\":0,\"nbf\":0}", "" },
    /* real numbers */
    { "{\"exp\":1795290000.5}", "" },
    { "{\"exp\":1.7952900e9}", "" },
    { "{\"exp\":1795289990.9}", LATE },
    { "{\"exp\":0.0}", LATE },
    { "{\"exp\":-0.0}", LATE },
    /* the end of the range */
    { "{\"exp\":9007199254740992}", "" },
    { "{\"exp\":9007199254740992.0}", "" },
    { "{\"exp\":9007199254740993}", EXP },
    { "{\"exp\":9223372036854775807}", EXP },
    { "{\"exp\":1e300}", EXP },
    { "{\"exp\":-1}", EXP },
    { "{\"exp\":-1e300}", EXP },
    { "{\"exp\":-9223372036854775808}", EXP },
    { "{\"nbf\":-1}", NBF },
    { "{\"nbf\":9223372036854775807}", NBF },
    { "{\"iat\":-0.5}", IAT },
    { "{\"iat\":1e19}", IAT },
    /* other types */
    { "{\"exp\":\"1795293600\"}", EXP },
    { "{\"exp\":\"\"}", EXP },
    { "{\"exp\":null}", EXP },
    { "{\"exp\":true}", EXP },
    { "{\"exp\":[1795293600]}", EXP },
    { "{\"exp\":{}}", EXP },
    { "{\"nbf\":\"0\"}", NBF },
    { "{\"nbf\":null}", NBF },
    { "{\"iat\":\"0\"}", IAT },
    { "{\"iat\":false}", IAT },
};

/* docs/design/security.md 9. */
static void times_are_numbers_within_their_range(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const struct jwt_checks checks = { .leeway_s = 10 };

    for (size_t i = 0; i < COUNT(cases); i++)
        if (strcmp(test_claims(a, cases[i].json, &checks, TEST_NOW_S), cases[i].message) != 0)
            fail_msg("%s: %s", cases[i].json, test_claims(a, cases[i].json, &checks, TEST_NOW_S));
}

/* Integers beyond 64 bits are read, so that claims that nobody reads may have them; they are no
 * dates.
 */
static void numbers_that_json_parsers_cannot_hold_are_no_dates(void **state)
{
    static const char not_json[] = "Invalid payload string: ";
    static const struct {
        const char *text, *message;
    } numbers[] = { { "9223372036854775808", EXP },
                    { "99999999999999999999999999", EXP },
                    { "1e999", not_json },
                    { "-1e999", not_json },
                    { "0x10", not_json },
                    { "NaN", not_json },
                    { "Infinity", not_json },
                    { "01", not_json },
                    { "099999999999999999999", not_json },
                    { "+1", not_json },
                    { "1795290000s", not_json } };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(numbers); i++) {
        str token = test_token(a, test_key("HS256"), "{\"alg\":\"HS256\"}",
                               arena_printf(a, "{\"exp\":%s}", numbers[i].text));
        agentos_error err = { .message = "" };
        const struct jwt_checks checks = { .leeway_s = 0 };

        assert_int_equal(test_check(token, test_key("HS256"), &checks, TEST_NOW_S, &err),
                         AGENTOS_UNAUTHENTICATED);
        assert_true(str_starts(str_of(err.message), str_of(numbers[i].message)));
    }
}

/* docs/design/security.md 9. */
static void exp_may_be_required(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const struct jwt_checks checks = { .require_exp = true };

    assert_string_equal(test_claims(a, "{\"exp\":11}", &checks, 10), "");
    assert_string_equal(test_claims(a, "{\"exp\":10}", &checks, 10), LATE);
    assert_string_equal(test_claims(a, "{}", &checks, 10),
                        "Invalid token: Token is missing the \"exp\" claim");
    assert_string_equal(test_claims(a, "{\"EXP\":11}", &checks, 10),
                        "Invalid token: Token is missing the \"exp\" claim");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_numbers_within_their_range),
        cmocka_unit_test(numbers_that_json_parsers_cannot_hold_are_no_dates),
        cmocka_unit_test(exp_may_be_required),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* jwt_check on the straight paths and in its order. Times, audience and issuer have files of their
 * own. */
#include "base/mem.h"

#include "tokens.h"

static void claims_without_any_registered_name_pass(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const struct jwt_checks checks = { .leeway_s = 10 };

    assert_string_equal(test_claims(a, "{}", &checks, TEST_NOW_S), "");
    assert_string_equal(test_claims(a, "{\"scopes\":5,\"x\":{\"y\":[]}}", &checks, TEST_NOW_S), "");
}

static void subject_and_token_id_are_strings(void **state)
{
    static const struct {
        const char *json, *message;
    } cases[] = {
        { "{\"sub\":\"u\",\"jti\":\"1\"}", "" },
        { "{\"sub\":\"\"}", "" },
        { "{\"sub\":5}", "Invalid token: Subject must be a string" },
        { "{\"sub\":null}", "Invalid token: Subject must be a string" },
        { "{\"sub\":[\"u\"]}", "Invalid token: Subject must be a string" },
        { "{\"jti\":5}", "Invalid token: JWT ID must be a string" },
    };
    (void)state;
    AUTO(arena) *a = arena_new();
    const struct jwt_checks checks = { .leeway_s = 0 };

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(test_claims(a, cases[i].json, &checks, TEST_NOW_S), cases[i].message);
}

static void faults_are_told_in_the_contracts_order(void **state)
{
    static const char *const audiences[] = { "os" };
    const struct jwt_checks checks = { .issuer = "i", .audiences = audiences, .audience_count = 1 };
    static const struct {
        const char *json, *message;
    } steps[] = {
        { "{\"events\":{},\"iat\":9,\"nbf\":9,\"exp\":1,\"sub\":5,\"aud\":\"x\",\"iss\":\"x\"}",
          "Invalid token: Security event tokens are not accepted" },
        { "{\"iat\":9,\"nbf\":9,\"exp\":1,\"sub\":5,\"aud\":\"x\",\"iss\":\"x\"}",
          "Invalid token: The token is not yet valid (iat)" },
        { "{\"nbf\":9,\"exp\":1,\"sub\":5,\"aud\":\"x\",\"iss\":\"x\"}",
          "Invalid token: The token is not yet valid (nbf)" },
        { "{\"exp\":1,\"sub\":5,\"aud\":\"x\",\"iss\":\"x\"}", "Token has expired" },
        { "{\"sub\":5,\"aud\":\"x\",\"iss\":\"x\"}", "Invalid token: Subject must be a string" },
        { "{\"aud\":\"x\",\"iss\":\"x\"}",
          "Invalid token audience - token not valid for this AgentOS instance" },
        { "{\"aud\":\"os\",\"iss\":\"x\"}", "Invalid token: Invalid issuer. Expected: i, got: x" },
        { "{\"aud\":\"os\",\"iss\":\"i\"}", "" },
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(steps); i++)
        assert_string_equal(test_claims(a, steps[i].json, &checks, 5), steps[i].message);
}

static void a_payload_that_is_no_object_has_no_claims(void **state)
{
    static const struct {
        const char *payload, *reason;
    } cases[] = {
        { "[]", "Invalid payload string: must be a json object" },
        { "[{\"sub\":\"u\"}]", "Invalid payload string: must be a json object" },
        { "hello", "Invalid payload string: JSON line 1: '[' or '{' expected near 'hello'" },
        { "", "Invalid payload string: JSON line 1: '[' or '{' expected near end of file" },
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_refused(test_token(a, test_key("HS256"), "{\"alg\":\"HS256\"}", cases[i].payload),
                       test_key("HS256"), cases[i].reason);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_without_any_registered_name_pass),
        cmocka_unit_test(subject_and_token_id_are_strings),
        cmocka_unit_test(faults_are_told_in_the_contracts_order),
        cmocka_unit_test(a_payload_that_is_no_object_has_no_claims),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

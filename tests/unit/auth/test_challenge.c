/* WWW-Authenticate: its parameters, and that nothing breaks out of a quoted one (RFC 6750 §3). */
#include "auth/authority.h"
#include "auth/challenge.h"
#include "unit.h"

static void each_refusal_has_its_challenge(void **state)
{
    static const struct {
        agentos_error err;
        bool had_credential;
        const char *scope, *value;
    } cases[] = {
        { { .status = AGENTOS_UNAUTHENTICATED, .message = "Authorization header missing" },
          false,
          NULL,
          "Bearer realm=\"agentos\"" },
        { { .status = AGENTOS_UNAUTHENTICATED, .message = "Token has expired" },
          true,
          "agents:read",
          "Bearer realm=\"agentos\", error=\"invalid_token\", error_description=\"Token has "
          "expired\"" },
        { { .status = AGENTOS_FORBIDDEN, .message = "Access denied to run this agent" },
          true,
          "agents:run",
          "Bearer realm=\"agentos\", error=\"insufficient_scope\", error_description=\"Access "
          "denied to run this agent\", scope=\"agents:run\"" },
        { { .status = AGENTOS_FORBIDDEN, .message = "no" },
          true,
          NULL,
          "Bearer realm=\"agentos\", error=\"insufficient_scope\", error_description=\"no\"" },
        { { .status = AGENTOS_INVALID, .message = "twice" },
          true,
          NULL,
          "Bearer realm=\"agentos\", error=\"invalid_request\", error_description=\"twice\"" },
        { { .status = AGENTOS_INTERNAL, .message = "other" },
          true,
          NULL,
          "Bearer realm=\"agentos\"" },
    };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(
            auth_challenge(a, &cases[i].err, cases[i].had_credential, cases[i].scope),
            cases[i].value);
}

static void nothing_breaks_out_of_the_quotes(void **state)
{
    const agentos_error err = { .status = AGENTOS_UNAUTHENTICATED,
                                .message = "got: \"x\\\r\nSet-Cookie: a\x7f\xc3\xa4" };
    const agentos_error forbidden = { .status = AGENTOS_FORBIDDEN, .message = "" };
    AUTO(arena) *a = arena_new();

    (void)state;
    assert_string_equal(auth_challenge(a, &err, true, NULL),
                        "Bearer realm=\"agentos\", error=\"invalid_token\", "
                        "error_description=\"got: 'x???Set-Cookie: a???\"");
    assert_string_equal(auth_challenge(a, &forbidden, true, "a\"\n:b"),
                        "Bearer realm=\"agentos\", error=\"insufficient_scope\", "
                        "error_description=\"\", scope=\"a'?:b\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_refusal_has_its_challenge),
        cmocka_unit_test(nothing_breaks_out_of_the_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

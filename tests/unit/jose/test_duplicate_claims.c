/* One name twice. JSON parsers differ in which one counts, so a gateway may check the first and a
 * service use the last; RFC 7515 §4 and RFC 8725 §2.4 let a verifier refuse, and we do, in header
 * and payload, at any depth, however the second is escaped: json_parse() does. */
#include "base/mem.h"

#include "tokens.h"

/* docs/design/security.md 7. */
static void a_claim_given_twice_is_refused(void **state)
{
    static const char *const payloads[] = {
        "{\"sub\":\"u\",\"sub\":\"admin\"}",
        "{\"sub\":\"u\",\"s\\u0075b\":\"admin\"}",
        "{\"sub\":\"u\",\"sub\":\"u\"}",
        "{\"scopes\":[],\"x\":1,\"scopes\":[\"agent_os:admin\"]}",
        "{\"a\":{\"b\":1,\"b\":2}}",
        "{\"a\":[{\"b\":1,\"b\":2}]}",
        "{\"exp\":1,\"exp\":1895290000}",
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(payloads); i++) {
        str token = test_token(a, test_key("HS256"), "{\"alg\":\"HS256\"}", payloads[i]);
        const json_t *claims = NULL;
        agentos_error err = { .message = "" };
        struct jws jws;

        assert_int_equal(jws_parse(a, token, &jws, NULL), AGENTOS_OK);
        assert_int_equal(jwt_claims(a, &jws, &claims, &err), AGENTOS_UNAUTHENTICATED);
        assert_true(str_starts(str_of(err.message), STR("Invalid payload string: ")));
        assert_non_null(strstr(err.message, "duplicate"));
    }
}

/* docs/design/security.md 7. */
static void a_header_member_given_twice_is_refused(void **state)
{
    static const char *const headers[] = {
        "{\"alg\":\"HS256\",\"alg\":\"none\"}",
        "{\"alg\":\"none\",\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\",\"kid\":\"a\",\"k\\u0069d\":\"b\"}",
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(headers); i++) {
        struct jws jws;
        agentos_error err = { .message = "" };

        assert_int_equal(
            jws_parse(a, test_token(a, test_key("HS256"), headers[i], "{}"), &jws, &err),
            AGENTOS_UNAUTHENTICATED);
        assert_true(str_starts(str_of(err.message), STR("Invalid header string: ")));
    }
}

static void names_that_differ_in_case_are_two_names(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    assert_accepted(test_token(a, test_key("HS256"), "{\"alg\":\"HS256\",\"ALG\":\"none\"}",
                               "{\"sub\":\"u\",\"Sub\":5,\"EXP\":1}"),
                    test_key("HS256"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_claim_given_twice_is_refused),
        cmocka_unit_test(a_header_member_given_twice_is_refused),
        cmocka_unit_test(names_that_differ_in_case_are_two_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

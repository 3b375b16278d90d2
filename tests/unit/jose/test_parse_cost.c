/* Small tokens that cost much. Splitting at every dot of a megabyte of dots was CVE-2025-30204
 * (golang-jwt) and CVE-2025-27144 (go-jose). jws_parse() has a limit of size, counts the dots
 * before it takes anything apart, and allocates nothing until their number is right; json_parse()
 * has a limit of depth. */
#include "tokens.h"

/* Without an arena, so that the first allocation would be the end of the test. */
static void assert_refused_for_nothing(str token, const char *reason)
{
    struct jws jws;
    agentos_error err = { .message = "it was accepted" };

    assert_int_equal(jws_parse(NULL, token, &jws, &err), AGENTOS_UNAUTHENTICATED);
    assert_string_equal(err.message, reason);
}

static void dots_are_counted_before_anything_is_taken_apart(void **state)
{
    AUTO(arena) *a = arena_new();
    char *text = arena_alloc(a, MiB);

    (void)state;
    memset(text, '.', MiB);
    assert_refused_for_nothing((str){ text, MiB }, "The token is larger than 16 KiB");
    assert_refused_for_nothing((str){ text, TOKEN_MAX_BYTES }, "Too many segments");
    assert_refused_for_nothing((str){ text, 3 }, "Too many segments");
    assert_refused_for_nothing((str){ text, 1 }, "Not enough segments");
}

/* docs/design/security.md 7. */
static void the_size_limit_is_exact(void **state)
{
    AUTO(arena) *a = arena_new();
    char *text = arena_alloc(a, TOKEN_MAX_BYTES + 1);

    (void)state;
    memset(text, 'A', TOKEN_MAX_BYTES + 1);
    assert_refused_for_nothing((str){ text, TOKEN_MAX_BYTES }, "Not enough segments");
    assert_refused_for_nothing((str){ text, TOKEN_MAX_BYTES + 1 },
                               "The token is larger than 16 KiB");
}

/* The largest token there may be, with as many members as it holds, is an ordinary one. */
static void the_largest_token_is_read(void **state)
{
    AUTO(arena) *a = arena_new();
    AUTO_BUF claims = buf_with_limit(16 * KiB);

    (void)state;
    buf_append(&claims, STR("{\"sub\":\"u\""));
    for (int i = 0; claims.len < 12000; i++)
        buf_printf(&claims, ",\"%d\":[]", i);
    buf_append(&claims, STR("}"));
    assert_accepted(test_token(a, test_key("HS256"), "{\"alg\":\"HS256\"}", buf_view(&claims).ptr),
                    test_key("HS256"));
}

static void nesting_beyond_the_limit_is_refused(void **state)
{
    static const char *const openings[] = { "[", "{\"a\":" };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        AUTO_BUF deep = buf_with_limit(16 * KiB);

        buf_append(&deep, STR("{\"a\":"));
        for (int level = 0; level < 1500; level++)
            buf_append(&deep, str_of(openings[i]));
        const char *text = buf_view(&deep).ptr;
        assert_refused(test_token(a, test_key("HS256"), "{\"alg\":\"HS256\"}", text),
                       test_key("HS256"),
                       "Invalid payload string: JSON is nested deeper than 64 levels");
        assert_refused(test_token(a, test_key("HS256"), text, "{}"), test_key("HS256"),
                       "Invalid header string: JSON is nested deeper than 64 levels");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dots_are_counted_before_anything_is_taken_apart),
        cmocka_unit_test(the_size_limit_is_exact),
        cmocka_unit_test(the_largest_token_is_read),
        cmocka_unit_test(nesting_beyond_the_limit_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

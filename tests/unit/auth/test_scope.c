/* Scopes as text and as a relation, case by case (routes.md §3). */
#include "auth/scope.h"
#include "base/limits.h"
#include "unit.h"

/* security.md 15. */
static void only_two_or_three_parts_are_a_scope(void **state)
{
    static const struct {
        const char *text;
        bool is_scope;
        const char *resource, *id, *action;
    } cases[] = {
        { "agents:read", true, "agents", "", "read" },
        { "agents:my-agent:run", true, "agents", "my-agent", "run" },
        { "agents:*:read", true, "agents", "*", "read" },
        { "agent_os:admin", true, "agent_os", "", "admin" },
        { "system:write", true, "config", "", "write" },
        { "system:*:read", true, "config", "*", "read" },
        { "agents:read teams:read", true, "agents", "read teams", "read" },
        { "", false, NULL, NULL, NULL },
        { "agents", false, NULL, NULL, NULL },
        { ":", false, NULL, NULL, NULL },
        { "::", false, NULL, NULL, NULL },
        { "agents:", false, NULL, NULL, NULL },
        { ":read", false, NULL, NULL, NULL },
        { "agents::run", false, NULL, NULL, NULL },
        { "agents:run:", false, NULL, NULL, NULL },
        { ":x:run", false, NULL, NULL, NULL },
        { "agents:a:b:run", false, NULL, NULL, NULL },
        { "agents:x:run:", false, NULL, NULL, NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scope scope = { 0 };

        assert_int_equal(scope_parse(str_of(cases[i].text), &scope), cases[i].is_scope);
        assert_true(str_equal(scope.resource, str_of(cases[i].resource)));
        assert_true(str_equal(scope.id, str_of(cases[i].id)));
        assert_true(str_equal(scope.action, str_of(cases[i].action)));
    }
}

static void a_scope_covers_its_own_kind_and_action_only(void **state)
{
    static const struct {
        const char *held, *asked, *id;
        bool covers;
    } cases[] = {
        { "agents:read", "agents:read", "", true },
        { "agents:read", "agents:read", "alpha", true },
        { "agents:*:read", "agents:read", "", true },
        { "agents:*:read", "agents:read", "alpha", true },
        { "agents:alpha:read", "agents:read", "alpha", true },
        { "agents:alpha:read", "agents:read", "beta", false },
        { "agents:alpha:read", "agents:read", "Alpha", false },
        { "agents:alpha:read", "agents:read", "alph", false },
        { "agents:alpha:read", "agents:read", "", false },
        { "agents:alpha:read", "agents:run", "alpha", false },
        { "agents:alpha:read", "teams:read", "alpha", false },
        { "teams:crew:run", "teams:run", "crew", true },
        { "workflows:flow:run", "workflows:run", "flow", true },
        { "agents:READ", "agents:read", "", false },
        { "Agents:read", "agents:read", "", false },
        { "*:read", "agents:read", "", false },
        { "agents:*", "agents:read", "", false },
        { "agents:al*:read", "agents:read", "alpha", false },
        { "config:read", "config:read", "", true },
        { "config:*:read", "config:read", "", true },
        { "config:x:read", "config:read", "", false },
        { "config:x:read", "config:read", "x", false },
        { "sessions:s1:read", "sessions:read", "s1", false },
        { "system:read", "config:read", "", true },
        { "config:read", "system:read", "", true },
        { "agents:alpha:run", "agents:alpha:run", "", true },
        { "agents:alpha:run", "agents:alpha:run", "beta", true },
        { "agents:beta:run", "agents:alpha:run", "beta", false },
        { "agents:run", "agents:alpha:run", "", true },
        { "agents:alpha:run", "agents:*:run", "alpha", false },
        { "agents:*:run", "agents:*:run", "", true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scope held, asked;

        assert_true(scope_parse(str_of(cases[i].held), &held));
        assert_true(scope_parse(str_of(cases[i].asked), &asked));
        if (scope_covers(&held, &asked, str_of(cases[i].id)) != cases[i].covers)
            fail_msg("%s for %s on '%s'", cases[i].held, cases[i].asked, cases[i].id);
    }
}

/* security.md 15. */
static void an_id_is_1_to_128_unreserved_characters_that_a_url_can_hold(void **state)
{
    static const char *const good[] = { "a", "my-agent", "A.b_c~9", "0", "...", ".a" };
    static const char *const bad[] = {
        "", "a b", "a:b", "*", "a/b", "ä", "a\n", "a%62", ".", ".."
    };
    char long_id[ID_MAX_BYTES + 1];

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(scope_id_is_valid(str_of(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(scope_id_is_valid(str_of(bad[i])));
    assert_false(scope_id_is_valid((str){ "a\0b", 3 }));
    memset(long_id, 'x', sizeof(long_id));
    assert_true(scope_id_is_valid((str){ long_id, ID_MAX_BYTES }));
    assert_false(scope_id_is_valid((str){ long_id, ID_MAX_BYTES + 1 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_two_or_three_parts_are_a_scope),
        cmocka_unit_test(a_scope_covers_its_own_kind_and_action_only),
        cmocka_unit_test(an_id_is_1_to_128_unreserved_characters_that_a_url_can_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

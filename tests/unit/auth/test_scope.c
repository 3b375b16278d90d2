/* Scopes as text, case by case (docs/design/contract.md §2). */
#include "auth/scope/scope.h"
#include "base/limits.h"
#include "unit.h"

/* docs/design/security.md 15. */
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

/* docs/design/security.md 15. */
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
        cmocka_unit_test(an_id_is_1_to_128_unreserved_characters_that_a_url_can_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

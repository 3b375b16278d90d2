/* What a set of scopes covers: case by case (docs/design/contract.md §2), and that neither its size
 * nor what else is in it changes that. */
#include "auth/scope/scope_set.h"
#include "base/limits.h"
#include "unit.h"

static struct scope scope_of(const char *text)
{
    struct scope scope = { 0 };

    assert_true(scope_parse(str_of(text), &scope));
    return scope;
}

static const struct {
    const char *held, *asked, *id;
    bool covers, covers_some;
} cases[] = {
    { "agents:read", "agents:read", "", true, true },
    { "agents:read", "agents:read", "alpha", true, true },
    { "agents:*:read", "agents:read", "", true, true },
    { "agents:*:read", "agents:read", "alpha", true, true },
    { "agents:alpha:read", "agents:read", "alpha", true, true },
    { "agents:alpha:read", "agents:read", "beta", false, true },
    { "agents:alpha:read", "agents:read", "Alpha", false, true },
    { "agents:alpha:read", "agents:read", "alph", false, true },
    { "agents:alpha:read", "agents:read", "", false, true },
    { "agents:alpha:read", "agents:run", "alpha", false, false },
    { "agents:alpha:read", "teams:read", "alpha", false, false },
    { "teams:crew:run", "teams:run", "crew", true, true },
    { "workflows:flow:run", "workflows:run", "flow", true, true },
    { "agents:READ", "agents:read", "", false, false },
    { "Agents:read", "agents:read", "", false, false },
    { "*:read", "agents:read", "", false, false },
    { "agents:*", "agents:read", "", false, false },
    { "agents:al*:read", "agents:read", "alpha", false, true },
    { "config:read", "config:read", "", true, true },
    { "config:*:read", "config:read", "", true, true },
    { "config:x:read", "config:read", "", false, false },
    { "config:x:read", "config:read", "x", false, false },
    { "sessions:s1:read", "sessions:read", "s1", false, false },
    { "system:read", "config:read", "", true, true },
    { "config:read", "system:read", "", true, true },
    { "agents:alpha:run", "agents:alpha:run", "", true, true },
    { "agents:alpha:run", "agents:alpha:run", "beta", true, true },
    { "agents:beta:run", "agents:alpha:run", "beta", false, false },
    { "agents:run", "agents:alpha:run", "", true, true },
    { "agents:alpha:run", "agents:*:run", "alpha", false, false },
    { "agents:*:run", "agents:*:run", "", true, true },
    { "agents", "agents:read", "", false, false },
    { "agents::read", "agents:read", "", false, false },
};

static void check_case(const struct scope_set *set, size_t i)
{
    const struct scope asked = scope_of(cases[i].asked);

    if (scope_set_covers(set, &asked, str_of(cases[i].id)) != cases[i].covers ||
        scope_set_covers_some(set, &asked) != cases[i].covers_some)
        fail_msg("%s for %s on '%s'", cases[i].held, cases[i].asked, cases[i].id);
}

static void a_scope_covers_its_own_kind_and_action_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO(arena) *a = arena_new();
        const str held = str_of(cases[i].held);

        check_case(scope_set_new(a, &held, 1), i);
    }
}

/* Wherever it stands among others that say nothing of what is asked. */
static void what_else_is_held_changes_nothing(void **state)
{
    static const str others[] = { STR_INIT("zebras:read"),  STR_INIT("agent:read"),
                                  STR_INIT("agents:write"), STR_INIT("teams:other:runs"),
                                  STR_INIT("no scope"),     STR_INIT("agents:zeta:reads") };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t place = 0; place <= COUNT(others); place++) {
            AUTO(arena) *a = arena_new();
            str held[COUNT(others) + 1];

            for (size_t j = 0; j <= COUNT(others); j++)
                held[j] = j == place ? str_of(cases[i].held) : others[j > place ? j - 1 : j];
            check_case(scope_set_new(a, held, COUNT(held)), i);
        }
}

static void each_of_many_is_found_and_no_other(void **state)
{
    AUTO(arena) *a = arena_new();
    const struct scope read = scope_of("agents:read"), run = scope_of("agents:run");
    str held[SCOPES_MAX];

    (void)state;
    for (size_t i = 0; i < SCOPES_MAX; i++) /* not in the order of the set */
        held[i] = str_of(arena_printf(a, "agents:a%zu:%s", i * 37 % SCOPES_MAX,
                                      i * 37 % 2 == 0 ? "read" : "run"));
    const struct scope_set *set = scope_set_new(a, held, SCOPES_MAX);
    for (size_t i = 0; i < SCOPES_MAX; i++) {
        str id = str_of(arena_printf(a, "a%zu", i));

        assert_int_equal(scope_set_covers(set, &read, id), i % 2 == 0);
        assert_int_equal(scope_set_covers(set, &run, id), i % 2 == 1);
    }
    assert_false(scope_set_covers(set, &read, str_of("a256")));
    assert_false(scope_set_covers(set, &read, str_of("")));
}

static void one_that_stands_twice_is_held_once(void **state)
{
    AUTO(arena) *a = arena_new();
    static const str held[] = { STR_INIT("agents:x:read"), STR_INIT("agents:read"),
                                STR_INIT("agents:x:read"), STR_INIT("agents:*:read") };
    const struct scope read = scope_of("agents:read"), run = scope_of("agents:run");
    const struct scope_set *set = scope_set_new(a, held, COUNT(held));

    (void)state;
    assert_true(scope_set_covers(set, &read, str_of("y")));
    assert_false(scope_set_covers(set, &run, str_of("x")));
}

static void joined_sets_cover_what_either_does(void **state)
{
    AUTO(arena) *a = arena_new();
    static const str first[] = { STR_INIT("agents:x:read") }, second[] = { STR_INIT("teams:run") },
                     third[] = { STR_INIT("agents:y:read") };
    const struct scope agents = scope_of("agents:read"), teams = scope_of("teams:run");
    const struct scope_set *one = scope_set_new(a, first, 1), *two = scope_set_new(a, second, 1);
    const struct scope_set *both = scope_set_join(a, one, two);
    const struct scope_set *all = scope_set_join(a, scope_set_new(a, third, 1), both);

    (void)state;
    assert_true(scope_set_covers(all, &agents, str_of("x")));
    assert_true(scope_set_covers(all, &agents, str_of("y")));
    assert_true(scope_set_covers(all, &teams, str_of("")));
    assert_false(scope_set_covers(both, &agents, str_of("y")));
    assert_false(scope_set_covers(one, &teams, str_of(""))); /* what was joined is as it was */
    assert_false(scope_set_covers_some(two, &agents));
    assert_true(scope_set_covers(scope_set_join(a, two, NULL), &teams, str_of("")));
}

static void nothing_covers_nothing(void **state)
{
    AUTO(arena) *a = arena_new();
    const struct scope_set zeroed = { 0 };
    const struct scope read = scope_of("agents:read");
    const struct scope_set *const sets[] = { NULL, &zeroed, scope_set_new(a, NULL, 0) };

    (void)state;
    for (size_t i = 0; i < COUNT(sets); i++) {
        assert_false(scope_set_covers(sets[i], &read, str_of("x")));
        assert_false(scope_set_covers_some(sets[i], &read));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scope_covers_its_own_kind_and_action_only),
        cmocka_unit_test(what_else_is_held_changes_nothing),
        cmocka_unit_test(each_of_many_is_found_and_no_other),
        cmocka_unit_test(one_that_stands_twice_is_held_once),
        cmocka_unit_test(joined_sets_cover_what_either_does),
        cmocka_unit_test(nothing_covers_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Route patterns and globs. */
#include "http/pattern.h"
#include "unit.h"

static void a_pattern_matches_the_whole_path_and_nothing_else(void **state)
{
    static const struct {
        const char *pattern, *path;
        bool matches;
    } cases[] = {
        { "/", "/", true },
        { "/", "/a", false },
        { "/", "", false },
        { "/agents", "/agents", true },
        { "/agents", "/agents/", false },
        { "/agents", "/agents/x", false },
        { "/agents", "/Agents", false },
        { "/agents", "/agent", false },
        { "/agents", "agents", false },
        { "/agents/{id}", "/agents/x", true },
        { "/agents/{id}", "/agents/", false },
        { "/agents/{id}", "/agents", false },
        { "/agents/{id}", "/agents/x/y", false },
        { "/agents/{id}/runs", "/agents/x/runs", true },
        { "/agents/{id}/runs", "/agents//runs", false },
        { "/agents/{id}/runs", "/agents/x/runs/", false },
        { "/a/{b}/{c}/{d}/{e}", "/a/1/2/3/4", true },
        { "/a/{b}/{c}/{d}/{e}/{f}", "/a/1/2/3/4/5", false }, /* beyond PARAMS_MAX */
        { "/a/{}", "/a/{}", true },                          /* a name is needed */
        { "/a/{}", "/a/x", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct params params;

        if (pattern_match(cases[i].pattern, str_of(cases[i].path), &params) != cases[i].matches)
            fail_msg("%s against %s", cases[i].pattern, cases[i].path);
    }
}

static void names_give_their_segments(void **state)
{
    struct params params;

    (void)state;
    assert_true(
        pattern_match("/agents/{agent_id}/runs/{run_id}", STR("/agents/a b/runs/42"), &params));
    assert_int_equal(params.count, 2);
    assert_text(params_get(&params, "agent_id"), STR("a b"));
    assert_text(params_get(&params, "run_id"), STR("42"));
    assert_text(params_get(&params, "other"), STR(""));
}

static void params_are_untouched_by_a_mismatch(void **state)
{
    struct params params = { .count = 3 };

    (void)state;
    assert_false(pattern_match("/a/{b}/c", STR("/a/1/d"), &params));
    assert_int_equal(params.count, 3);
}

static void a_star_crosses_slashes(void **state)
{
    static const struct {
        const char *glob, *text;
        bool matches;
    } cases[] = {
        { "", "", true },
        { "", "a", false },
        { "*", "", true },
        { "*", "/a/b", true },
        { "/docs*", "/docs/oauth2-redirect", true },
        { "/docs/*", "/docs", false },
        { "GET /agents/*/runs", "GET /agents/a/b/runs", true },
        { "GET /agents/*/runs", "GET /agents/a/run", false },
        { "*a*b*c", "xxaxxbxxabc", true },
        { "*a*b*c", "xxaxxbxxab", false },
        { "**a", "ba", true },
        { "a?c", "abc", true },
        { "a?c", "ac", false },
        { "a[b]c", "abc", false }, /* brackets are literal */
        { "a[b]c", "a[b]c", true },
        { "*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (glob_match(str_of(cases[i].glob), str_of(cases[i].text)) != cases[i].matches)
            fail_msg("%s against %s", cases[i].glob, cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_matches_the_whole_path_and_nothing_else),
        cmocka_unit_test(names_give_their_segments),
        cmocka_unit_test(params_are_untouched_by_a_mismatch),
        cmocka_unit_test(a_star_crosses_slashes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

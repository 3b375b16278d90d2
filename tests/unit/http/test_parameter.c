/* Header values with parameters. */
#include "http/parameter.h"
#include "unit.h"

static void pairs_are_found_by_name(void **state)
{
    static const struct {
        str text, head, value;
        size_t count;
    } cases[] = {
        { STR_INIT("text/plain"), STR_INIT("text/plain"), STR_INIT(""), 0 },
        { STR_INIT(" text/plain ; "), STR_INIT("text/plain"), STR_INIT(""), 0 },
        { STR_INIT("a/b; name=c"), STR_INIT("a/b"), STR_INIT("c"), 1 },
        { STR_INIT("a/b;NAME=c;d=e"), STR_INIT("a/b"), STR_INIT("c"), 2 },
        { STR_INIT("a/b;;name=c"), STR_INIT("a/b"), STR_INIT("c"), 1 },
        { STR_INIT("a/b; name=\"c; d=e\""), STR_INIT("a/b"), STR_INIT("c; d=e"), 1 },
        { STR_INIT("a/b; name=\"\""), STR_INIT("a/b"), STR_INIT(""), 1 },
        { STR_INIT("a/b; name=\"x\\\"y\\\\z\" ; d=e"), STR_INIT("a/b"), STR_INIT("x\"y\\z"), 2 },
        { STR_INIT("a/b; name=\"C:\\dir\\f\""), STR_INIT("a/b"), STR_INIT("C:\\dir\\f"), 1 },
    };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct parameters p;
        str value = STR("");

        assert_int_equal(parameters_parse(a, cases[i].text, &p, NULL), AGENTOS_OK);
        assert_text(p.head, cases[i].head);
        assert_int_equal(p.count, cases[i].count);
        assert_int_equal(parameters_find(&p, STR("name"), &value), cases[i].count > 0);
        assert_text(value, cases[i].value);
    }
}

static void malformed_parameters_are_refused(void **state)
{
    static const str cases[] = {
        STR_INIT("a; b"),
        STR_INIT("a; =b"),
        STR_INIT("a; b="),
        STR_INIT("a; b c=d"),
        STR_INIT("a; b=\"c"),
        STR_INIT("a; b=\"c\\\""),
        STR_INIT("a; b=\"c\"d"),
        STR_INIT("a; b=c d"),
        STR_INIT("a; b=c; B=d"),
        STR_INIT("a; b =c"),
        STR_INIT("x;a=1;b=1;c=1;d=1;e=1;f=1;g=1;h=1;i=1"),
    };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct parameters p;

        if (parameters_parse(a, cases[i], &p, NULL) != AGENTOS_INVALID)
            fail_msg("%s", cases[i].ptr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_found_by_name),
        cmocka_unit_test(malformed_parameters_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

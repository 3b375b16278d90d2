/* Skimming flat objects. That it never says more than the parser is the fuzz target's to show. */
#include "unit.h"
#include "json/skim.h"

static void texts_are_found_in_flat_objects(void **state)
{
    static const struct {
        str json;
        const char *type, *delta; /* NULL: none */
    } cases[] = {
        { STR_INIT("{\"type\":\"t\",\"delta\":\" d\"}"), "t", " d" },
        { STR_INIT(" { \"delta\" : \"\" , \"x\" : -12 } \n"), NULL, "" },
        { STR_INIT(
              "{\"a\":[],\"b\":{},\"c\":null,\"d\":true,\"e\":false,\"type\":0,\"delta\":null}"),
          NULL, NULL },
        { STR_INIT("{\"delta\":\"\xC3\xA9\"}"), NULL, "\xC3\xA9" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct skimmed wanted[] = { { .name = "type", .text = STR("stale") }, { .name = "delta" } };

        assert_true(json_skim(cases[i].json, wanted, COUNT(wanted)));
        assert_int_equal(wanted[0].text.ptr != NULL, cases[i].type != NULL);
        assert_int_equal(wanted[1].text.ptr != NULL, cases[i].delta != NULL);
        assert_text(wanted[0].text, str_of(cases[i].type));
        assert_text(wanted[1].text, str_of(cases[i].delta));
    }
}

static void everything_else_is_left_to_the_parser(void **state)
{
    static const str cases[] = {
        STR_INIT(""),
        STR_INIT("{}"),
        STR_INIT("[]"),
        STR_INIT("{\"a\":\"b\""),
        STR_INIT("{\"a\":\"b\"}x"),
        STR_INIT("{\"a\":\"b\",}"),
        STR_INIT("{\"a\":}"),
        STR_INIT("{\"a\" \"b\"}"),
        STR_INIT("{a:1}"),
        STR_INIT("{\"a\":1,\"a\":2}"),
        STR_INIT("{\"a\":\"\\n\"}"),
        STR_INIT("{\"a\":\"\n\"}"),
        STR_INIT("{\"a\":\"\0\"}"),
        STR_INIT("{\"a\":\"\xFF\"}"),
        STR_INIT("{\"a\":[1]}"),
        STR_INIT("{\"a\":{\"b\":1}}"),
        STR_INIT("{\"a\":1.5}"),
        STR_INIT("{\"a\":1e5}"),
        STR_INIT("{\"a\":01}"),
        STR_INIT("{\"a\":-}"),
        STR_INIT("{\"a\":9999999999999999999}"),
        STR_INIT("{\"a\":nul}"),
        STR_INIT(
            "{\"1\":1,\"2\":1,\"3\":1,\"4\":1,\"5\":1,\"6\":1,\"7\":1,\"8\":1,\"9\":1,\"10\":1,"
            "\"11\":1,\"12\":1,\"13\":1,\"14\":1,\"15\":1,\"16\":1,\"17\":1}"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct skimmed wanted = { .name = "a" };

        if (json_skim(cases[i], &wanted, 1))
            fail_msg("%s", cases[i].ptr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_found_in_flat_objects),
        cmocka_unit_test(everything_else_is_left_to_the_parser),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Where JSON ends, as the reference's parser (CPython's json) says it: recorded from it. */
#include "json/fault.h"

#include "base/buf.h"
#include "base/limits.h"
#include "json/parse.h"

#include "unit.h"

// clang-format off
static const struct {
    const char *text;
    size_t at;
    const char *message;
} cases[] = {
    { "",                       0, "Expecting value" },
    { "  ",                     2, "Expecting value" },
    { "{bad",                   1, "Expecting property name enclosed in double quotes" },
    { "{",                      1, "Expecting property name enclosed in double quotes" },
    { "[",                      1, "Expecting value" },
    { "[1,",                    3, "Expecting value" },
    { "[1 2]",                  3, "Expecting ',' delimiter" },
    { "{\"a\"",                 4, "Expecting ':' delimiter" },
    { "{\"a\":",                5, "Expecting value" },
    { "{\"a\":1",               6, "Expecting ',' delimiter" },
    { "{\"a\" 1}",              5, "Expecting ':' delimiter" },
    { "{\"a\":1,}",             7, "Expecting property name enclosed in double quotes" },
    { "{1:2}",                  1, "Expecting property name enclosed in double quotes" },
    { "{\"a\":1 \"b\":2}",      7, "Expecting ',' delimiter" },
    { "{\"a\":1}}",             7, "Extra data" },
    { "[[[1,]]]",               5, "Expecting value" },
    { "\"abc",                  0, "Unterminated string starting at" },
    { "\"a\\",                  0, "Unterminated string starting at" },
    { "\"a\\x\"",               2, "Invalid \\escape" },
    { "\"a\\u12g4\"",           3, "Invalid \\uXXXX escape" },
    { "\"\\u12",                2, "Invalid \\uXXXX escape" },
    { "\"a\nb\"",               2, "Invalid control character at" },
    { "1 2",                    2, "Extra data" },
    { "tru",                    0, "Expecting value" },
    { "-",                      0, "Expecting value" },
    { "01",                     1, "Extra data" },
    { "1.",                     1, "Extra data" },
    { "1.e5",                   1, "Extra data" },
    { "1e+",                    1, "Extra data" },
    { "[\"\xc3\xa9\" x]",       5, "Expecting ',' delimiter" }, /* characters, not bytes */
};

static const char *const faultless[] = {
    "{}", "[]", " [ ] ", "null", "-0.5e+3", "\"\\u00e9\\n\"", "{\"a\":{\"b\":[1,true,false,null]},\"c\":\"\"}",
    "{\"a\":1,\"a\":2}", "\"\\u0000\"", /* refused by the parser for other reasons */
};
// clang-format on

static void a_fault_is_told_as_the_reference_tells_it(void **state)
{
    (void)state;
    for (EACH(cases, c)) {
        struct json_fault fault = json_find_fault(str_of(c->text));
        assert_non_null(fault.message);
        assert_string_equal(fault.message, c->message);
        assert_int_equal(fault.at, c->at);
    }
}

/* A NUL is not one of the characters that may follow a backslash. */
static void an_escaped_nul_is_a_fault(void **state)
{
    struct json_fault fault = json_find_fault(STR("[\"a\\\0\"]"));

    (void)state;
    assert_non_null(fault.message);
    assert_string_equal(fault.message, "Invalid \\escape");
    assert_int_equal(fault.at, 3);
}

static void what_is_json_has_no_fault(void **state)
{
    (void)state;
    for (EACH(faultless, text))
        assert_null(json_find_fault(str_of(*text)).message);
}

static void depth_is_bounded(void **state)
{
    AUTO_BUF text = buf_with_limit(1 * MiB);

    (void)state;
    for (int i = 0; i < 100000; i++)
        buf_append(&text, STR("["));
    struct json_fault fault = json_find_fault(buf_view(&text));
    assert_string_equal(fault.message, "Nested too deeply");
    assert_int_equal(fault.at, JSON_MAX_DEPTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_is_told_as_the_reference_tells_it),
        cmocka_unit_test(an_escaped_nul_is_a_fault),
        cmocka_unit_test(what_is_json_has_no_fault),
        cmocka_unit_test(depth_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

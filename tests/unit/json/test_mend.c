/* The lenient reader: what it makes of each fault that providers' JSON has, and what it refuses. */
#include "json/mend.h"

#include "unit.h"

#define R "\xEF\xBF\xBD" /* U+FFFD */

static void faults_in_members_nobody_reads_are_mended(void **state)
{
    static const struct {
        str text;
        const char *read; /* as jansson writes it */
    } cases[] = {
        { STR_INIT("{\"a\":1,\"b\":\"x\"}"), "{\"a\":1,\"b\":\"x\"}" },
        { STR_INIT("{\"a\":NaN,\"b\":-Infinity,\"c\":[Infinity]}"),
          "{\"a\":null,\"b\":null,\"c\":[null]}" },
        { STR_INIT("{\"a\":18446744073709551616}"), "{\"a\":1.8446744073709552e19}" },
        { STR_INIT("[-9223372036854775809,123456789012345678]"),
          "[-9.2233720368547758e18,123456789012345678]" },
        { STR_INIT("[1e999,-1e999,1e-999,1.5]"), "[null,null,0.0,1.5]" },
        { STR_INIT("{\"a\":1,\"a\":2}"), "{\"a\":2}" },
        { STR_INIT("[\"\\ud83d\",\"\\ude00x\",\"\\ud83d\\ude00\",\"\\ud83d\\u0041\"]"),
          "[\"" R "\",\"" R "x\",\"\xF0\x9F\x98\x80\",\"" R "A\"]" },
        { STR_INIT("[\"\xF0\x9F\",\"\x98\x80\",\"caf\xE9\",\"\xED\xA0\x80\"]"),
          "[\"" R R "\",\"" R R "\",\"caf" R "\",\"" R R R "\"]" },
        { STR_INIT("\xEF\xBB\xBF{\"a\":1}"), "{\"a\":1}" },
        { STR_INIT("[\"a\nb\tc\"]"), "[\"a" R "b" R "c\"]" },
        { STR_INIT("[\"a\0b\"]"), "[\"a" R "b\"]" },
        { STR_INIT("{\"a\\u0000\":1}"), "{\"a" R "\":1}" },
        { STR_INIT("{\"NaN\":\"NaN, \\\"Infinity\\\\\",\"n\":NaN}"),
          "{\"NaN\":\"NaN, \\\"Infinity\\\\\",\"n\":null}" },
    };

    (void)state;
    for (EACH(cases, c)) {
        AUTO(json_t) *json = NULL;

        assert_int_equal(json_parse_mended(c->text, &json, NULL), AGENTOS_OK);
        char *read = json_dumps(json, JSON_COMPACT);
        assert_string_equal(read, c->read);
        free(read);
    }
}

static void a_number_of_any_length_is_a_number_or_null(void **state)
{
    char text[2000];
    static const struct {
        size_t digits;
        bool is_number;
    } cases[] = { { 18, true }, { 19, true }, { 299, true }, { 301, false }, { 1900, false } };

    (void)state;
    for (EACH(cases, c)) {
        AUTO(json_t) *json = NULL;

        memset(text, '7', sizeof(text));
        text[0] = '[';
        text[c->digits + 1] = ']';
        assert_int_equal(json_parse_mended((str){ text, c->digits + 2 }, &json, NULL), AGENTOS_OK);
        assert_int_equal(json_is_number(json_array_get(json, 0)), c->is_number);
        assert_int_equal(json_is_null(json_array_get(json, 0)), !c->is_number);
    }
}

static void what_is_no_json_stays_refused(void **state)
{
    static const str cases[] = {
        STR_INIT(""),         STR_INIT("{"),          STR_INIT("{\"a\":1"), STR_INIT("{\"a\" 1}"),
        STR_INIT("[1,]"),     STR_INIT("[01]"),       STR_INIT("[+1]"),     STR_INIT("[-]"),
        STR_INIT("{a:1}"),    STR_INIT("['a']"),      STR_INIT("[\"a"),     STR_INIT("[\"a\\"),
        STR_INIT("[\"\\u12"), STR_INIT("{\"a\":1}x"), STR_INIT("[nul]"),    STR_INIT("[\"\\x41\"]"),
        STR_INIT("[1\0]"),    STR_INIT("NaN"),        STR_INIT("\xFF\xFE"), STR_INIT("[NaNN]"),
    };

    (void)state;
    for (EACH(cases, text)) {
        AUTO(json_t) *json = NULL;

        assert_int_equal(json_parse_mended(*text, &json, NULL), AGENTOS_INVALID);
        assert_null(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_in_members_nobody_reads_are_mended),
        cmocka_unit_test(a_number_of_any_length_is_a_number_or_null),
        cmocka_unit_test(what_is_no_json_stays_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

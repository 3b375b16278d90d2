/* The lenient reader: what it makes of each fault that providers' JSON has, and what it refuses. */
#include "base/buf.h"
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

/* ---- the work, counted by what jansson allocates ---- */

static size_t allocations;

static void *count_allocation(size_t size)
{
    allocations++;
    return malloc(size);
}

/* Returns the allocations for a list of `count` texts that ends with `last`. */
static size_t work_of(size_t count, const char *last)
{
    AUTO_BUF text = buf_with_limit(16 * 1024 * 1024);
    AUTO(json_t) *json = NULL;

    buf_append_char(&text, '[');
    for (size_t i = 0; i < count; i++)
        buf_append(&text, STR("\"a text of some length\","));
    buf_printf(&text, "%s]", last);
    json_set_alloc_funcs(count_allocation, free);
    allocations = 0;
    if (json_parse_mended(buf_view(&text), &json, NULL) != AGENTOS_OK)
        assert_null(json); /* some are refused */
    size_t counted = allocations;
    json_decref(TAKE(json));
    json_set_alloc_funcs(malloc, free);
    return counted;
}

/* A fault at the end of a long text costs no second parse. */
static void a_long_text_is_parsed_once(void **state)
{
    static const char *const faults[] = { "NaN", "\"\xE9\"", "\"\\ud83d\"", "1e999",
                                          "{",   "nul",      "\"a\nb\"" };
    size_t count = 100 * 1000; /* 2.3 MB */
    size_t good = work_of(count, "null");

    (void)state;
    assert_in_range(good, count, 3 * count);
    for (EACH(faults, fault)) {
        size_t bad = work_of(count, *fault);

        if (bad > good + good / 10)
            fail_msg("%s: %zu allocations, not %zu", *fault, bad, good);
    }
}

static void too_many_values_are_refused_before_they_are_built(void **state)
{
    (void)state;
    assert_in_range(work_of(200 * 1000, "null"), 0, 100);
    assert_in_range(work_of(200 * 1000, "NaN"), 0, 100);
    assert_in_range(work_of(600 * 1000, "{"), 0, 100);
}

static void a_long_text_without_fault_is_what_it_was(void **state)
{
    AUTO_BUF text = buf_with_limit(1024 * 1024);
    AUTO(json_t) *json = NULL;

    (void)state;
    buf_append(&text, STR("{\"long\":\""));
    while (text.len < 300 * 1024)
        buf_append(&text, STR("caf\xC3\xA9 \\n \\u00e9 "));
    buf_append(&text, STR("\",\"usage\":{\"n\":123456789012,\"r\":1.5},\"end\":true}"));
    assert_int_equal(json_parse_mended(buf_view(&text), &json, NULL), AGENTOS_OK);
    assert_int_equal(json_int(json_object_get(json, "usage"), "n", 0), 123456789012);
    assert_true(json_is_true(json_object_get(json, "end")));
    assert_true(
        str_starts(json_view(json_object_get(json, "long")), STR("caf\xC3\xA9 \n \xC3\xA9 ")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_in_members_nobody_reads_are_mended),
        cmocka_unit_test(a_number_of_any_length_is_a_number_or_null),
        cmocka_unit_test(what_is_no_json_stays_refused),
        cmocka_unit_test(a_long_text_is_parsed_once),
        cmocka_unit_test(too_many_values_are_refused_before_they_are_built),
        cmocka_unit_test(a_long_text_without_fault_is_what_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

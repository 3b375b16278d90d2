/* What is JSON to us: one object or array, no duplicate names, UTF-8, 64 levels. */
#include "json/parse.h"

#include "base/buf.h"
#include "base/limits.h"

#include "unit.h"

static bool parses(str text, enum json_strictness strictness)
{
    AUTO(json_t) *json = NULL;
    agentos_error err = { 0 };
    agentos_status status = json_parse_owned(text, strictness, &json, &err);

    assert_true(status == AGENTOS_OK || status == AGENTOS_INVALID);
    assert_int_equal(status == AGENTOS_OK, json != NULL);
    assert_int_equal(status == AGENTOS_OK, err.message[0] == '\0');
    return status == AGENTOS_OK;
}

static void a_scalar_is_taken_only_where_it_is_asked_for(void **state)
{
    static const char *const scalars[] = { "null", "5", "\"text\"", "true" };

    (void)state;
    for (EACH(scalars, text)) {
        assert_false(parses(str_of(*text), PARSE_STRICT));
        assert_true(parses(str_of(*text), PARSE_SCALARS_TOO));
    }
    assert_false(parses(STR("{\"a\":1,\"a\":1}"), PARSE_SCALARS_TOO));
    assert_false(parses(STR("\"\\u0000\""), PARSE_SCALARS_TOO));
}

static void one_value_and_nothing_after_it(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        { "{}", true },
        { "[]", true },
        { " {\"a\": [1, 2.5, null]}\n", true },
        { "", false },
        { " ", false },
        { "{} {}", false },
        { "{}x", false },
        { "{", false },
        { "[1,]", false },
        { "{\"a\":1,}", false },
        { "{'a':1}", false },
        { "[01]", false },
        { "[NaN]", false },
        { "[Infinity]", false },
        { "[1e999]", false },
        { "[\"\\x\"]", false },
        { "[\"\n\"]", false },
        { "[tru]", false },
        { "[// c\n1]", false },
        { "5", false },
        { "\"text\"", false },
        { "null", false },
        { "]", false },
        { "[\"\\ud800\"]", false },
        { "\xEF\xBB\xBF{}", false },
    };

    (void)state;
    for (EACH(cases, c))
        assert_int_equal(parses(str_of(c->text), PARSE_STRICT), c->good);
}

static void duplicate_names_are_refused(void **state)
{
    (void)state;
    assert_false(parses(STR("{\"sub\":\"a\",\"sub\":\"b\"}"), PARSE_STRICT));
    assert_false(parses(STR("{\"a\":{\"b\":1,\"b\":1}}"), PARSE_STRICT));
    assert_false(parses(STR("{\"sub\":1,\"s\\u0075b\":2}"), PARSE_STRICT)); /* the same, escaped */
    assert_true(parses(STR("{\"sub\":1,\"Sub\":2}"), PARSE_STRICT));
    assert_true(parses(STR("{\"a\":{\"b\":1},\"c\":{\"b\":1}}"), PARSE_STRICT));
}

/* `levels` of objects, the innermost with a number. */
static str nested(buf *text, int levels)
{
    buf_empty(text);
    for (int i = 0; i < levels; i++)
        buf_append(text, STR("{\"a\":"));
    buf_append_char(text, '0');
    for (int i = 0; i < levels; i++)
        buf_append_char(text, '}');
    return buf_view(text);
}

static void sixty_four_levels_are_the_most(void **state)
{
    AUTO_BUF text = buf_with_limit(4096);

    (void)state;
    assert_true(parses(nested(&text, 64), PARSE_STRICT));
    assert_false(parses(nested(&text, 65), PARSE_STRICT));
    assert_false(json_is_deeper(nested(&text, 10), 10));
    assert_true(json_is_deeper(nested(&text, 10), 9));
}

static void brackets_in_strings_do_not_count(void **state)
{
    AUTO_BUF text = buf_with_limit(4096);

    (void)state;
    buf_append(&text, STR("[\"\\\""));
    for (int i = 0; i < 100; i++)
        buf_append_char(&text, '[');
    buf_append(&text, STR("\"]"));
    assert_true(parses(buf_view(&text), PARSE_STRICT));
}

static void nul_is_refused_but_for_provider_events(void **state)
{
    (void)state;
    assert_false(parses(STR("{\"a\":\"x\\u0000y\"}"), PARSE_STRICT));
    assert_true(parses(STR("{\"a\":\"x\\u0000y\"}"), PARSE_NUL_ALLOWED));
    assert_false(parses(STR("{\"a\\u0000\":1}"), PARSE_NUL_ALLOWED)); /* not in names */
    assert_false(parses(STR("{\"a\":\"x\0y\"}"), PARSE_NUL_ALLOWED)); /* and not raw */
    assert_false(parses(STR("{\"a\":[1\0,2]}"), PARSE_NUL_ALLOWED));
    assert_false(parses(STR("[true\0]"), PARSE_STRICT));
    assert_false(parses(STR("[1,\0 2]"), PARSE_STRICT));
    assert_false(parses(STR("[]\0"), PARSE_STRICT));
    assert_false(parses(STR("\0[]"), PARSE_STRICT));
    assert_false(parses(STR("{}\0"), PARSE_STRICT));
}

static void only_utf8_is_text(void **state)
{
    (void)state;
    assert_true(parses(STR("[\"caf\xC3\xA9\"]"), PARSE_STRICT));
    assert_false(parses(STR("[\"caf\xE9\"]"), PARSE_STRICT));
    assert_false(parses(STR("[\"\xC0\xAF\"]"), PARSE_STRICT));
    assert_false(parses(STR("[\"\xED\xA0\x80\"]"), PARSE_STRICT));
    assert_true(parses(STR("[\"\\ud83d\\ude00\"]"), PARSE_STRICT));
}

static void integers_have_64_bits(void **state)
{
    (void)state;
    assert_true(parses(STR("[9223372036854775807,-9223372036854775808]"), PARSE_STRICT));
    assert_false(parses(STR("[9223372036854775808]"), PARSE_STRICT));
}

static void a_failure_leaves_the_result_alone(void **state)
{
    const json_t *json = NULL;
    arena *a = arena_new();
    agentos_error err;

    (void)state;
    assert_int_equal(json_parse(a, STR("{"), &json, &err), AGENTOS_INVALID);
    assert_null(json);
    assert_int_equal(json_parse(a, STR("{\"a\":1}"), &json, &err), AGENTOS_OK);
    assert_int_equal(json_object_size(json), 1);
    arena_free(a);
}

static void members_are_read_by_kind(void **state)
{
    AUTO(json_t) *json = NULL;

    (void)state;
    assert_int_equal(
        json_parse_owned(STR("{\"t\":\"x\",\"n\":7,\"z\":null,\"c\":\"a\\u0000b\",\"r\":1.5}"),
                         PARSE_NUL_ALLOWED, &json, NULL),
        AGENTOS_OK);
    assert_string_equal(json_text(json, "t"), "x");
    assert_null(json_text(json, "n"));
    assert_null(json_text(json, "z"));
    assert_null(json_text(json, "c")); /* it would look shorter than it is */
    assert_null(json_text(json, "absent"));
    assert_null(json_text(NULL, "t"));
    assert_int_equal(json_int(json, "n", -1), 7);
    assert_int_equal(json_int(json, "t", -1), -1);
    assert_int_equal(json_int(json, "r", -1), -1);
    assert_int_equal(json_int(NULL, "n", -1), -1);
}

static void a_string_is_viewed_with_its_nul_and_anything_else_as_empty(void **state)
{
    AUTO(json_t) *text = json_stringn("a\0b", 3);
    AUTO(json_t) *number = json_integer(7);

    (void)state;
    assert_true(str_equal(json_view(text), STR("a\0b")));
    assert_int_equal(json_view(number).len, 0);
    assert_int_equal(json_view(NULL).len, 0);
    assert_non_null(json_view(NULL).ptr);
}

static void values_are_counted_without_building_them(void **state)
{
    static const struct {
        const char *text;
        size_t count;
    } cases[] = {
        { "[1,22,333]", 4 },           { "{\"a\":{},\"b\":[ ]}", 3 }, { "[[[[[1]]]]]", 6 },
        { "[\"a,b\",\"[{\\\"\"]", 3 }, { "[[],[],[]]", 4 },           { "\"a,b,c,d\"", 1 },
        { "[ 1 , [ ] , { } ]", 4 },    { "[\"\\\\\",2]", 3 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_false(json_has_more_values(str_of(cases[i].text), cases[i].count));
        assert_true(json_has_more_values(str_of(cases[i].text), cases[i].count - 1));
    }
}

/* Repeats item, separated by commas, inside brackets. */
static str array_of(arena *a, const char *item, size_t count)
{
    size_t step = strlen(item) + 1;
    char *text = arena_alloc(a, count * step + 3);

    text[0] = '[';
    for (size_t i = 0; i < count; i++)
        (void)snprintf(text + 1 + i * step, step + 1, "%s,", item);
    text[count * step] = ']';
    return (str){ text, count * step + 1 };
}

static void so_many_values_are_the_most_that_a_provider_may_send(void **state)
{
    arena *a = arena_new();

    (void)state;
    assert_true(parses(array_of(a, "{}", PROVIDER_JSON_VALUES_MAX - 1), PARSE_NUL_ALLOWED));
    assert_false(parses(array_of(a, "{}", PROVIDER_JSON_VALUES_MAX), PARSE_NUL_ALLOWED));
    assert_false(parses(array_of(a, "[[]]", PROVIDER_JSON_VALUES_MAX / 2), PARSE_NUL_ALLOWED));
    assert_true(parses(array_of(a, "0", PROVIDER_JSON_VALUES_MAX), PARSE_STRICT));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_value_and_nothing_after_it),
        cmocka_unit_test(values_are_counted_without_building_them),
        cmocka_unit_test(so_many_values_are_the_most_that_a_provider_may_send),
        cmocka_unit_test(duplicate_names_are_refused),
        cmocka_unit_test(sixty_four_levels_are_the_most),
        cmocka_unit_test(brackets_in_strings_do_not_count),
        cmocka_unit_test(nul_is_refused_but_for_provider_events),
        cmocka_unit_test(only_utf8_is_text),
        cmocka_unit_test(integers_have_64_bits),
        cmocka_unit_test(a_failure_leaves_the_result_alone),
        cmocka_unit_test(members_are_read_by_kind),
        cmocka_unit_test(a_scalar_is_taken_only_where_it_is_asked_for),
        cmocka_unit_test(a_string_is_viewed_with_its_nul_and_anything_else_as_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Numbers beyond 64 bits: taken where the caller asks for it, without a change of anything else. */
#include "json/parse.h"

#include "unit.h"

static json_t *read_text(const char *text, enum json_strictness strictness)
{
    json_t *json = NULL;

    if (json_parse_owned(str_of(text), strictness, &json, NULL) != AGENTOS_OK)
        return NULL;
    return json;
}

#define NINES_20  "99999999999999999999"
#define NINES_100 NINES_20 NINES_20 NINES_20 NINES_20 NINES_20

static void large_numbers_become_real_numbers(void **state)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        { NINES_20, 1e20 },
        { "-" NINES_20, -1e20 },
        { "9223372036854775808", 9223372036854775808.0 },
        { NINES_100 NINES_100 NINES_100, 1e300 },
        { NINES_20 ".5", 1e20 },
        { "1." NINES_20, 2 },
        { "1" NINES_20 "e1", 2e21 },
        { "2e0000000000000000000000001", 20 },
        { NINES_20 "e-2", 1e18 },
    };

    (void)state;
    for (EACH(cases, c)) {
        AUTO(arena) *a = arena_new();
        AUTO(json_t) *json = read_text(
            arena_printf(a, "{\"s\":\"\\\"%s\\\\\",\"n\":[%s],\"o\":" NINES_20 ",\"i\":7}", c->text,
                         c->text),
            PARSE_LARGE_NUMBERS);

        assert_non_null(json);
        double value = json_real_value(json_array_get(json_object_get(json, "n"), 0));
        assert_true(value / c->value > 0.99 && value / c->value < 1.01);
        assert_string_equal(json_text(json, "s"), arena_printf(a, "\"%s\\", c->text));
        assert_int_equal(json_int(json, "i", 0), 7); /* small ones stay integers */
    }
}

static void nothing_else_is_taken(void **state)
{
    static const char *const cases[] = {
        "{\"a\":" NINES_20 ",\"a\":1}",
        "{\"a\":0" NINES_20 "}",
        "{\"a\":--" NINES_20 "}",
        "{\"a\":" NINES_20 ".}",
        "{\"a\":" NINES_20 "e}",
        "{\"a\":1e400}",
        "{\"a\":" NINES_20,
        "{\"a\":" NINES_20 ",}",
        "{\"a\":" NINES_20 "}{}",
        "{\"a\":+" NINES_20 "}",
        "{" NINES_20 ":1}",
        NINES_20,
        "{\"a\":" NINES_20 ",\"b\":\"",
        "{\"a\":" NINES_20 ",NaN}",
        "{\"a\":Infinity}",
        "{\"a\":-1.5E+99999999999}",
        "{\"a\":" NINES_100 NINES_100 NINES_100 NINES_100 "}",
    };

    (void)state;
    for (EACH(cases, text))
        if (read_text(*text, PARSE_LARGE_NUMBERS) != NULL)
            fail_msg("%s", *text);
}

static void other_readers_refuse_them(void **state)
{
    (void)state;
    assert_null(read_text("{\"a\":" NINES_20 "}", PARSE_STRICT));
    assert_null(read_text("{\"a\":1e400}", PARSE_STRICT));
    assert_null(read_text("{\"a\":" NINES_20 "}", PARSE_SCALARS_TOO));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_numbers_become_real_numbers),
        cmocka_unit_test(nothing_else_is_taken),
        cmocka_unit_test(other_readers_refuse_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

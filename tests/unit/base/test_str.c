/* Borrowed strings: cutting, comparing, numbers, UTF-8; with the cases at every edge. */
#include "base/str.h"

#include "unit.h"

static void splitting_yields_each_piece_and_then_nothing(void **state)
{
    static const struct {
        const char *text, *pieces[5];
    } cases[] = {
        { "a,b,c", { "a", "b", "c", NULL } },
        { "a", { "a", NULL } },
        { ",a,,b", { "", "a", "", "b", NULL } },
        { "a,", { "a", NULL } }, /* a trailing separator is not followed by a piece */
        { "", { NULL } },
    };

    (void)state;
    for (EACH(cases, c)) {
        str rest = str_of(c->text);
        size_t count = 0;

        for (; rest.len > 0; count++)
            assert_text(str_split(&rest, ','), str_of(c->pieces[count]));
        assert_null(c->pieces[count]);
    }
    str nothing = { NULL, 0 };
    assert_int_equal(str_split(&nothing, ',').len, 0);
}

static void trimming_takes_blanks_and_tabs_only(void **state)
{
    static const struct {
        str text, trimmed;
    } cases[] = {
        { STR_INIT(" a "), STR_INIT("a") },   { STR_INIT("\t a b\t"), STR_INIT("a b") },
        { STR_INIT("  "), STR_INIT("") },     { STR_INIT(""), STR_INIT("") },
        { STR_INIT("\na"), STR_INIT("\na") },
    };

    (void)state;
    for (EACH(cases, c))
        assert_text(str_trim(c->text), c->trimmed);
}

static void comparing_minds_length_and_case(void **state)
{
    (void)state;
    assert_true(str_equal(STR("a\0b"), STR("a\0b")));
    assert_false(str_equal(STR("a\0b"), STR("a\0c")));
    assert_false(str_equal(STR("a"), STR("ab")));
    assert_true(str_equal((str){ NULL, 0 }, STR("")));
    assert_true(str_equal_nocase(STR("Content-Type"), STR("cONTENT-tYPE")));
    assert_false(str_equal_nocase(STR("a"), STR("b")));
    assert_false(str_equal_nocase(STR("@"), STR("`")));               /* 32 apart, but no letters */
    assert_false(str_equal_nocase(STR("\xC3\x84"), STR("\xC3\xA4"))); /* ASCII only */
    assert_true(str_starts(STR("/agents"), STR("/")));
    assert_true(str_starts(STR("a"), STR("")));
    assert_false(str_starts(STR("a"), STR("ab")));
    assert_true(str_ends(STR("a.json"), STR(".json")));
    assert_false(str_ends(STR("json"), STR("a.json")));
    assert_true(str_has(STR("a\0b"), 'b'));
    assert_false(str_has((str){ NULL, 0 }, 'b'));
}

static void a_part_is_found_wherever_it_stands(void **state)
{
    (void)state;
    assert_true(str_contains(STR("hello"), STR("hel")));
    assert_true(str_contains(STR("hello"), STR("llo")));
    assert_true(str_contains(STR("hello"), STR("")));
    assert_true(str_contains(STR(""), STR("")));
    assert_false(str_contains(STR("hello"), STR("helloo")));
    assert_false(str_contains(STR("hello"), STR("lo!")));
}

static void what_follows_the_first_bytes_may_be_nothing(void **state)
{
    (void)state;
    assert_text(str_from(STR("hello"), 2), STR("llo"));
    assert_text(str_from(STR("hello"), 5), STR(""));
    assert_text(str_from(STR("hello"), 50), STR(""));
}

static void cutting_spares_characters(void **state)
{
    static const struct {
        str text;
        size_t n;
        str cut;
    } cases[] = {
        { STR_INIT("hello"), 10, STR_INIT("hello") },
        { STR_INIT("hello"), 5, STR_INIT("hello") },
        { STR_INIT("hello"), 2, STR_INIT("he") },
        { STR_INIT("hello"), 0, STR_INIT("") },
        { STR_INIT("h\xC3\xA9llo"), 2, STR_INIT("h") },
        { STR_INIT("h\xC3\xA9llo"), 3, STR_INIT("h\xC3\xA9") },
        { STR_INIT("\xF0\x9F\x98\x80!"), 3, STR_INIT("") },
        { STR_INIT("\xF0\x9F\x98\x80!"), 4, STR_INIT("\xF0\x9F\x98\x80") },
        { STR_INIT("\x80\x80\x80\x80\x80\x80"), 5, STR_INIT("\x80\x80\x80\x80\x80") },
    };

    (void)state;
    for (EACH(cases, c))
        assert_text(str_cut(c->text, c->n), c->cut);
}

static void numbers_are_read_whole_or_not_at_all(void **state)
{
    static const struct {
        const char *text;
        bool good;
        int64_t value;
    } cases[] = {
        { "0", true, 0 },
        { "-0", true, 0 },
        { "7", true, 7 },
        { "007", true, 7 },
        { "-42", true, -42 },
        { "9223372036854775807", true, INT64_MAX },
        { "-9223372036854775808", true, INT64_MIN },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775809", false, 0 },
        { "99999999999999999999999", false, 0 },
        { "", false, 0 },
        { "-", false, 0 },
        { "--1", false, 0 },
        { "+1", false, 0 },
        { " 1", false, 0 },
        { "1 ", false, 0 },
        { "1a", false, 0 },
        { "0x10", false, 0 },
        { "1.0", false, 0 },
        { "\xD9\xA1", false, 0 }, /* an Arabic digit */
    };

    (void)state;
    for (EACH(cases, c)) {
        int64_t value = 123;

        assert_int_equal(str_to_int(str_of(c->text), &value), c->good);
        assert_int_equal(value, c->good ? c->value : 123);
    }
    assert_false(str_to_int(STR("1\0"), &(int64_t){ 0 }));
}

static void utf8_is_strict(void **state)
{
    static const struct {
        str text;
        bool good;
    } cases[] = {
        { STR_INIT(""), true },
        { STR_INIT("plain\0\x7F"), true },
        { STR_INIT("\xC2\x80"), true },         /* the least of two bytes */
        { STR_INIT("\xE0\xA0\x80"), true },     /* of three */
        { STR_INIT("\xF0\x90\x80\x80"), true }, /* of four */
        { STR_INIT("\xED\x9F\xBF"), true },     /* U+D7FF */
        { STR_INIT("\xEE\x80\x80"), true },     /* U+E000 */
        { STR_INIT("\xF4\x8F\xBF\xBF"), true }, /* U+10FFFF */
        { STR_INIT("\x80"), false },            /* a stray continuation */
        { STR_INIT("a\xC3"), false },           /* cut short */
        { STR_INIT("\xE2\x82"), false },
        { STR_INIT("\xC3("), false },
        { STR_INIT("\xC0\xAF"), false },         /* overlong '/' */
        { STR_INIT("\xC1\xBF"), false },         /* overlong U+7F */
        { STR_INIT("\xE0\x80\xAF"), false },     /* overlong, three bytes */
        { STR_INIT("\xF0\x80\x80\xAF"), false }, /* overlong, four bytes */
        { STR_INIT("\xED\xA0\x80"), false },     /* U+D800, a surrogate */
        { STR_INIT("\xED\xBF\xBF"), false },     /* U+DFFF */
        { STR_INIT("\xF4\x90\x80\x80"), false }, /* U+110000 */
        { STR_INIT("\xF8\x88\x80\x80\x80"), false },
        { STR_INIT("\xFF"), false },
    };

    (void)state;
    for (EACH(cases, c))
        assert_int_equal(str_is_utf8(c->text), c->good);
}

static void a_token_is_what_http_says(void **state)
{
    static const struct {
        str text;
        bool good;
    } cases[] = {
        { STR_INIT("X-Token"), true },   { STR_INIT("AZaz09!#$%&'*+-.^_`|~"), true },
        { STR_INIT(""), false },         { STR_INIT("a b"), false },
        { STR_INIT("a:"), false },       { STR_INIT("a\0b"), false },
        { STR_INIT("a\"b\""), false },   { STR_INIT("\x7F"), false },
        { STR_INIT("\xC3\xA4"), false }, { STR_INIT("[a]"), false },
        { STR_INIT("a@b"), false },      { STR_INIT("{"), false },
    };

    (void)state;
    for (EACH(cases, c))
        assert_int_equal(str_is_token(c->text), c->good);
}

static void visible_is_ascii_without_blanks(void **state)
{
    static const struct {
        str text;
        bool good;
    } cases[] = {
        { STR_INIT(""), true },      { STR_INIT("!~"), true },        { STR_INIT("a b"), false },
        { STR_INIT("a\tb"), false }, { STR_INIT("a\0b"), false },     { STR_INIT("\x7F"), false },
        { STR_INIT("a\n"), false },  { STR_INIT("\xC3\xA4"), false },
    };

    (void)state;
    for (EACH(cases, c))
        assert_int_equal(str_is_visible(c->text), c->good);
}

static void one_among_many_is_found_whole(void **state)
{
    static const str all[] = { STR_INIT("read"), STR_INIT("") };

    (void)state;
    assert_true(str_is_among(STR("read"), all, 2));
    assert_true(str_is_among(STR(""), all, 2));
    assert_false(str_is_among(STR(""), all, 1));
    assert_false(str_is_among(STR("rea"), all, 2));
    assert_false(str_is_among(STR("read"), NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splitting_yields_each_piece_and_then_nothing),
        cmocka_unit_test(trimming_takes_blanks_and_tabs_only),
        cmocka_unit_test(comparing_minds_length_and_case),
        cmocka_unit_test(a_part_is_found_wherever_it_stands),
        cmocka_unit_test(what_follows_the_first_bytes_may_be_nothing),
        cmocka_unit_test(cutting_spares_characters),
        cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
        cmocka_unit_test(utf8_is_strict),
        cmocka_unit_test(a_token_is_what_http_says),
        cmocka_unit_test(visible_is_ascii_without_blanks),
        cmocka_unit_test(one_among_many_is_found_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Percent-decoding. */
#include "http/form.h"
#include "unit.h"

static void escapes_become_bytes(void **state)
{
    static const struct {
        str text, form, plain;
    } cases[] = {
        { STR_INIT(""), STR_INIT(""), STR_INIT("") },
        { STR_INIT("abc"), STR_INIT("abc"), STR_INIT("abc") },
        { STR_INIT("a+b"), STR_INIT("a b"), STR_INIT("a+b") },
        { STR_INIT("%2B%2b"), STR_INIT("++"), STR_INIT("++") },
        { STR_INIT("%C3%A9"), STR_INIT("\xC3\xA9"), STR_INIT("\xC3\xA9") },
        { STR_INIT("%2541"), STR_INIT("%41"), STR_INIT("%41") }, /* once, not twice */
        { STR_INIT("\xC3\xA9"), STR_INIT("\xC3\xA9"), STR_INIT("\xC3\xA9") },
    };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        str out;

        assert_int_equal(url_decode(a, cases[i].text, true, &out, NULL), AGENTOS_OK);
        assert_text(out, cases[i].form);
        assert_int_equal(url_decode(a, cases[i].text, false, &out, NULL), AGENTOS_OK);
        assert_text(out, cases[i].plain);
    }
}

static void what_is_no_text_is_refused(void **state)
{
    static const str cases[] = { STR_INIT("%"),      STR_INIT("%4"),    STR_INIT("a%4g"),
                                 STR_INIT("%%41"),   STR_INIT("%00"),   STR_INIT("a\0b"),
                                 STR_INIT("%FF"),    STR_INIT("\xFF"),  STR_INIT("%C3"),
                                 STR_INIT("%C0%AF"), STR_INIT("%-1%+1") };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        agentos_error err = { 0 };
        str out = STR("untouched");

        assert_int_equal(url_decode(a, cases[i], true, &out, &err), AGENTOS_INVALID);
        assert_true(err.message[0] != '\0');
        assert_text(out, STR("untouched"));
    }
}

static void text_without_escapes_is_not_copied(void **state)
{
    AUTO(arena) *a = arena_new();
    str text = STR("plain"), out;

    (void)state;
    assert_int_equal(url_decode(a, text, true, &out, NULL), AGENTOS_OK);
    assert_ptr_equal(out.ptr, text.ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_become_bytes),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(text_without_escapes_is_not_copied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A buffer never holds more than its limit, and an overflow is not forgotten by what follows it. */
#include "base/buf.h"

#include "unit.h"

static void bytes_up_to_the_limit_fit(void **state)
{
    AUTO_BUF b = buf_with_limit(5);

    (void)state;
    buf_append(&b, STR("abc"));
    buf_append_char(&b, 'd');
    buf_append(&b, STR("e"));
    assert_true(buf_ok(&b));
    assert_text(buf_view(&b), STR("abcde"));
    assert_int_equal(b.ptr[b.len], '\0');
}

static void one_byte_more_empties_it_for_good(void **state)
{
    AUTO_BUF b = buf_with_limit(5);

    (void)state;
    buf_append(&b, STR("abcde"));
    buf_append_char(&b, 'f');
    assert_false(buf_ok(&b));
    assert_text(buf_view(&b), STR(""));
    buf_append(&b, STR("x"));
    buf_append(&b, STR(""));
    buf_printf(&b, "%d", 1);
    buf_consume(&b, 0);
    buf_consume(&b, 10);
    assert_false(buf_ok(&b));
    assert_text(buf_view(&b), STR(""));
}

static void emptied_or_cleared_it_can_be_used_again(void **state)
{
    AUTO_BUF b = buf_with_limit(3);

    (void)state;
    buf_append(&b, STR("toolong"));
    buf_empty(&b);
    assert_true(buf_ok(&b));
    buf_append(&b, STR("abc"));
    assert_text(buf_view(&b), STR("abc"));
    buf_append(&b, STR("d"));
    buf_clear(&b);
    buf_append(&b, STR("xyz"));
    assert_true(buf_ok(&b));
    assert_text(buf_view(&b), STR("xyz"));
}

static void a_limit_of_nothing_holds_nothing(void **state)
{
    AUTO_BUF b = buf_with_limit(0);

    (void)state;
    buf_append(&b, STR(""));
    assert_true(buf_ok(&b));
    buf_append(&b, STR("a"));
    assert_false(buf_ok(&b));
}

static void printf_counts_against_the_limit(void **state)
{
    AUTO_BUF b = buf_with_limit(8);

    (void)state;
    buf_printf(&b, "%s:%d", "abcde", 42);
    assert_true(buf_ok(&b));
    assert_text(buf_view(&b), STR("abcde:42"));
    buf_printf(&b, "%s", "");
    assert_true(buf_ok(&b));
    buf_printf(&b, "%c", 'x');
    assert_false(buf_ok(&b));
}

static void it_grows_without_losing_bytes(void **state)
{
    AUTO_BUF b = buf_with_limit(100000);

    (void)state;
    for (int i = 0; i < 100000; i++)
        buf_append_char(&b, (char)('a' + i % 26));
    assert_true(buf_ok(&b));
    for (int i = 0; i < 100000; i++)
        assert_int_equal(b.ptr[i], 'a' + i % 26);
}

static void consuming_drops_the_front(void **state)
{
    AUTO_BUF b = buf_with_limit(100);

    (void)state;
    buf_consume(&b, 3);
    buf_append(&b, STR("abcdef"));
    buf_consume(&b, 0);
    assert_text(buf_view(&b), STR("abcdef"));
    buf_consume(&b, 2);
    assert_text(buf_view(&b), STR("cdef"));
    buf_consume(&b, 100);
    assert_text(buf_view(&b), STR(""));
    buf_append(&b, STR("g"));
    assert_text(buf_view(&b), STR("g"));
}

static void an_untouched_buffer_has_a_view(void **state)
{
    buf b = buf_with_limit(1);

    (void)state;
    assert_text(buf_view(&b), STR(""));
    assert_non_null(buf_view(&b).ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_up_to_the_limit_fit),
        cmocka_unit_test(one_byte_more_empties_it_for_good),
        cmocka_unit_test(emptied_or_cleared_it_can_be_used_again),
        cmocka_unit_test(a_limit_of_nothing_holds_nothing),
        cmocka_unit_test(printf_counts_against_the_limit),
        cmocka_unit_test(it_grows_without_losing_bytes),
        cmocka_unit_test(consuming_drops_the_front),
        cmocka_unit_test(an_untouched_buffer_has_a_view),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* How times are written down; and that the clocks run. */
#include "base/clock.h"

#include "unit.h"

static void times_are_written_in_utc(void **state)
{
    static const struct {
        int64_t epoch_s;
        const char *iso, *http;
    } cases[] = {
        { 0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT" },
        { 1795288568, "2026-11-21T19:16:08Z", "Sat, 21 Nov 2026 19:16:08 GMT" },
        { 951782400, "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 GMT" },
        { -1, "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT" },
        { 4102444800, "2100-01-01T00:00:00Z", "Fri, 01 Jan 2100 00:00:00 GMT" },
    };
    char text[CLOCK_TEXT_SIZE];

    (void)state;
    for (EACH(cases, c)) {
        assert_string_equal(clock_iso8601(c->epoch_s, text), c->iso);
        assert_string_equal(clock_http_date(c->epoch_s, text), c->http);
    }
}

static void microseconds_have_six_digits(void **state)
{
    char text[CLOCK_TEXT_SIZE];

    (void)state;
    assert_string_equal(clock_iso8601_us(1795288568607744, text), "2026-11-21T19:16:08.607744Z");
    assert_string_equal(clock_iso8601_us(1000042, text), "1970-01-01T00:00:01.000042Z");
    assert_string_equal(clock_iso8601_us(-1, text), "1969-12-31T23:59:59.999999Z");
    assert_string_equal(clock_iso8601_us(-1000000, text), "1969-12-31T23:59:59.000000Z");
}

static void no_number_is_beyond_what_can_be_written(void **state)
{
    char text[CLOCK_TEXT_SIZE];

    (void)state;
    assert_string_equal(clock_iso8601(INT64_MAX, text), "9999-12-31T23:59:59Z");
    assert_string_equal(clock_iso8601(INT64_MIN, text), "1000-01-01T00:00:00Z");
    assert_string_equal(clock_http_date(INT64_MAX, text), "Fri, 31 Dec 9999 23:59:59 GMT");
    (void)clock_iso8601_us(INT64_MAX, text);
    assert_int_equal(strlen(text), strlen("2026-11-21T19:16:08.607744Z"));
    (void)clock_iso8601_us(INT64_MIN, text);
    assert_int_equal(strlen(text), strlen("2026-11-21T19:16:08.607744Z"));
}

static void the_clocks_agree(void **state)
{
    int64_t seconds = clock_now_s();
    int64_t micros = clock_now_us();
    uint64_t before = clock_monotonic_ns();

    (void)state;
    assert_true(seconds > 1700000000);
    assert_in_range((uint64_t)(micros / 1000000 - seconds), 0, 1);
    assert_true(clock_monotonic_ns() >= before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written_in_utc),
        cmocka_unit_test(microseconds_have_six_digits),
        cmocka_unit_test(no_number_is_beyond_what_can_be_written),
        cmocka_unit_test(the_clocks_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

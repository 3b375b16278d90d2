/* Back-off and Retry-After. */
#include "model/retry.h"
#include "unit.h"

static void pauses_double_and_jitter_takes_off_up_to_a_half(void **state)
{
    static const struct {
        int64_t attempt;
        uint64_t longest;
    } cases[] = { { 1, 500 }, { 2, 1000 }, { 3, 2000 }, { 11, 512000 }, { 1000, 512000 } };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(retry_pause_ms(500, cases[i].attempt, 0), cases[i].longest);
        uint64_t shortest = retry_pause_ms(500, cases[i].attempt, UINT32_MAX);
        assert_in_range(shortest, cases[i].longest / 2, cases[i].longest / 2 + 1);
    }
}

static void seconds_and_dates_are_read(void **state)
{
    static const int64_t now_s = 784111777; /* Sun, 06 Nov 1994 08:49:37 GMT */
    static const struct {
        str value;
        bool is_read;
        int64_t ms;
    } cases[] = {
        { STR_INIT("0"), true, 0 },
        { STR_INIT(" 12 "), true, 12000 },
        { STR_INIT("99999999999"), true, 1000000000 },
        { STR_INIT("Sun, 06 Nov 1994 08:49:47 GMT"), true, 10000 },
        { STR_INIT("Sun, 06 Nov 1994 08:49:37 GMT"), true, 0 },
        { STR_INIT("Sun, 06 Nov 1988 08:49:37 GMT"), true, 0 },
        { STR_INIT(""), false, 0 },
        { STR_INIT("-1"), false, 0 },
        { STR_INIT("1.5"), false, 0 },
        { STR_INIT("soon"), false, 0 },
        { STR_INIT("Sun, 06 anF 1994 08:49:47 GMT"), false, 0 },
        { STR_INIT("Sunday, 06-Nov-94 08:49:37 GM"), false, 0 },
        { STR_INIT("Sun, 06 Nov 1994 08:49:47 GMT+1"), false, 0 },
        { STR_INIT("Sun, 06 Nov 1994 08:49: 7 GMT"), false, 0 },
        { STR_INIT("Sun, 06 Nov 1994 08:-9:47 GMT"), false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t ms = 0;

        if (retry_after_parse(cases[i].value, now_s, &ms) != cases[i].is_read)
            fail_msg("%s", cases[i].value.ptr);
        assert_int_equal(ms, cases[i].ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_double_and_jitter_takes_off_up_to_a_half),
        cmocka_unit_test(seconds_and_dates_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

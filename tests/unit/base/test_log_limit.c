/* Repeated log lines: one a second for each event and reason. The clock is the test's. */
#include "base/log_internal.h"

#include "unit.h"

static const uint64_t second_ns = 1000 * 1000 * 1000;

/* Each test begins at a time of its own, so that none sees the table of another. */
static uint64_t now_ns;

static bool passes(const char *event, const char *why, uint64_t *held_back)
{
    return log_limit_pass(str_of(event), str_of(why), now_ns, held_back);
}

static void the_same_reason_is_written_once_a_second(void **state)
{
    uint64_t held_back = 9;

    (void)state;
    now_ns = 100 * second_ns;
    assert_true(passes("run not saved", "The database is full", &held_back));
    assert_int_equal(held_back, 0);
    for (int i = 0; i < 628; i++) {
        now_ns += second_ns / 1000;
        assert_false(passes("run not saved", "The database is full", &held_back));
    }
    now_ns = 101 * second_ns - 1;
    assert_false(passes("run not saved", "The database is full", &held_back));
    now_ns = 101 * second_ns;
    assert_true(passes("run not saved", "The database is full", &held_back));
    assert_int_equal(held_back, 629);
    now_ns += second_ns;
    assert_true(passes("run not saved", "The database is full", &held_back));
    assert_int_equal(held_back, 0);
}

static void other_events_and_other_reasons_are_not_held_back(void **state)
{
    static const struct {
        const char *event, *why;
    } others[] = {
        { "run not saved", "The database's disk fails" },
        { "internal error", "The database is full" },
        { "run not saved", "" },
        { "run not saved\n", "The database is full" },
        { "", "run not saved\nThe database is full" },
    };
    uint64_t held_back;

    (void)state;
    now_ns = 200 * second_ns;
    assert_true(passes("run not saved", "The database is full", &held_back));
    for (EACH(others, other))
        assert_true(passes(other->event, other->why, &held_back));
}

static void many_reasons_at_once_forget_the_oldest(void **state)
{
    char why[32];
    uint64_t held_back;

    (void)state;
    now_ns = 300 * second_ns;
    assert_true(passes("run not saved", "the oldest", &held_back));
    for (int i = 0; i < 40; i++) {
        now_ns++;
        (void)snprintf(why, sizeof(why), "reason %d", i);
        assert_true(passes("run not saved", why, &held_back));
    }
    assert_true(passes("run not saved", "the oldest", &held_back)); /* it was forgotten */
    assert_false(passes("run not saved", "reason 39", &held_back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_reason_is_written_once_a_second),
        cmocka_unit_test(other_events_and_other_reasons_are_not_held_back),
        cmocka_unit_test(many_reasons_at_once_forget_the_oldest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The wheel: in order, never early, restarted, stopped, beyond one lap. */
#include <setjmp.h>
#include <stdarg.h>

#include "base/clock.h"
#include "loop/timer.h"

#include <cmocka.h>

enum { TIMERS = 6 };

static struct loop *loop;

struct alarm {
    struct timer timer;
    uint64_t delay_ms, begin_ns;
    int order;
    struct alarm *stops;
    bool ends, repeats;
};

static int fired;

static void fire(struct timer *timer)
{
    struct alarm *alarm = LIST_OWNER(timer, struct alarm, timer);

    assert_true(clock_monotonic_ns() - alarm->begin_ns >= alarm->delay_ms * 1000000);
    alarm->order = ++fired;
    if (alarm->stops != NULL)
        timer_stop(&alarm->stops->timer);
    if (alarm->ends)
        loop_stop(loop);
    if (alarm->repeats) {
        alarm->repeats = false;
        alarm->begin_ns = clock_monotonic_ns();
        timer_start(loop, timer, alarm->delay_ms);
    }
}

static void begin(struct alarm *alarm, uint64_t delay_ms)
{
    alarm->timer.fire = fire;
    alarm->delay_ms = delay_ms;
    alarm->begin_ns = clock_monotonic_ns();
    timer_start(loop, &alarm->timer, delay_ms);
}

static void timers_fire_in_order_and_never_early(void **state)
{
    static const uint64_t delays_ms[TIMERS] = { 60, 0, 20, 90, 40, 1 };
    static const int order[TIMERS] = { 5, 1, 3, 6, 4, 2 };
    struct alarm alarms[TIMERS] = { 0 };

    (void)state;
    alarms[3].ends = true;
    for (size_t i = 0; i < TIMERS; i++)
        begin(&alarms[i], delays_ms[i]);
    loop_run(loop);
    for (size_t i = 2; i < TIMERS; i++)
        if (i != 5) /* 0 and 1 ms share a slot with each other: their order is not promised */
            assert_int_equal(alarms[i].order, order[i]);
}

static void a_stopped_timer_does_not_fire(void **state)
{
    struct alarm late = { .ends = true }, stopped = { 0 }, neighbour = { 0 }, stopper = { 0 };

    (void)state;
    stopper.stops = &neighbour; /* due in the same slot, and already set apart when it is stopped */
    begin(&stopper, 20);
    begin(&neighbour, 20);
    begin(&stopped, 30);
    begin(&late, 60);
    timer_stop(&stopped.timer);
    timer_stop(&stopped.timer);
    loop_run(loop);
    assert_int_equal(stopped.order, 0);
    assert_int_equal(neighbour.order, 0);
    assert_int_equal(stopper.order, 1);
}

static void a_running_timer_is_restarted(void **state)
{
    struct alarm alarm = { .ends = true }, other = { 0 };

    (void)state;
    begin(&alarm, 10);
    begin(&other, 30);
    begin(&alarm, 60);
    loop_run(loop);
    assert_int_equal(other.order, 1);
    assert_int_equal(alarm.order, 2);
}

static void a_timer_may_start_itself_again(void **state)
{
    struct alarm again = { .repeats = true }, last = { .ends = true };

    (void)state;
    begin(&again, 20);
    begin(&last, 100);
    loop_run(loop);
    assert_int_equal(again.order, 2);
    assert_int_equal(last.order, 3);
}

static void a_timer_beyond_one_lap_waits(void **state)
{
    struct alarm far = { 0 }, near = { .ends = true };

    (void)state;
    begin(&far, 10240 + 20); /* the same slot as near, one lap later */
    begin(&near, 20);
    loop_run(loop);
    assert_int_equal(far.order, 0);
    assert_int_equal(near.order, 1);
    timer_stop(&far.timer);
}

static int open_loop(void **state)
{
    agentos_error err = { 0 };

    (void)state;
    fired = 0;
    return loop_new(&loop, &err) == AGENTOS_OK ? 0 : -1;
}

static int close_loop(void **state)
{
    (void)state;
    loop_free(loop);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(timers_fire_in_order_and_never_early, open_loop,
                                        close_loop),
        cmocka_unit_test_setup_teardown(a_stopped_timer_does_not_fire, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(a_running_timer_is_restarted, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(a_timer_may_start_itself_again, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(a_timer_beyond_one_lap_waits, open_loop, close_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

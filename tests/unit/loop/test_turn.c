/* The longest turn: what counts as one, and when it is forgotten. */
#include "loop/turn.h"

#include "loop/loop.h"
#include "loop/timer.h"
#include "unit.h"

enum { MS = 1000 * 1000 };

static void the_longest_turn_is_kept(void **state)
{
    struct turn_clock clock = { 0 };

    (void)state;
    assert_int_equal(turn_longest_ns(&clock), 0);
    turn_end(&clock, 998 * MS, 1000 * MS);
    assert_int_equal(turn_longest_ns(&clock), 2 * MS);
    turn_end(&clock, 1013 * MS, 1020 * MS); /* the wait before it does not count */
    assert_int_equal(turn_longest_ns(&clock), 7 * MS);
    turn_end(&clock, 1029 * MS, 1030 * MS);
    turn_end(&clock, 1031 * MS, 1031 * MS);
    assert_int_equal(turn_longest_ns(&clock), 7 * MS);
}

static void a_turn_is_forgotten_after_two_windows(void **state)
{
    struct turn_clock clock = { 0 };
    uint64_t now = 1000 * MS;

    (void)state;
    turn_end(&clock, now - 50 * MS, now);
    turn_end(&clock, now + TURN_WINDOW_NS - 10 * MS, now + TURN_WINDOW_NS);
    assert_int_equal(turn_longest_ns(&clock), 50 * MS); /* in the window before */
    turn_end(&clock, now + 2 * TURN_WINDOW_NS - 1 * MS, now + 2 * TURN_WINDOW_NS);
    assert_int_equal(turn_longest_ns(&clock), 10 * MS);
}

static void a_long_sleep_forgets_at_once(void **state)
{
    struct turn_clock clock = { 0 };
    uint64_t now = 1000 * MS;

    (void)state;
    turn_end(&clock, now - 50 * MS, now);
    turn_end(&clock, now + 5 * TURN_WINDOW_NS - 1 * MS, now + 5 * TURN_WINDOW_NS);
    assert_int_equal(turn_longest_ns(&clock), 1 * MS);
}

struct worker {
    struct timer timer;
    struct loop *loop;
    int turns;
};

/* Works for about 20 ms of the first turn, then ends the loop. */
static void work(struct timer *timer)
{
    struct worker *worker = LIST_OWNER(timer, struct worker, timer);
    struct timespec now, end;

    if (worker->turns++ > 0) {
        loop_stop(worker->loop);
        return;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += 20 * MS;
    end.tv_sec += end.tv_nsec / (1000 * MS);
    end.tv_nsec %= 1000 * MS;
    do
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
    while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
    timer_start(worker->loop, timer, 30);
}

static void a_loop_measures_its_turns(void **state)
{
    struct worker worker = { .timer.fire = work };

    (void)state;
    assert_int_equal(loop_new(&worker.loop, NULL), AGENTOS_OK);
    timer_start(worker.loop, &worker.timer, 1);
    loop_run(worker.loop);
    assert_true(loop_longest_turn_ns(worker.loop) >= 20 * MS);
    assert_true(loop_longest_turn_ns(worker.loop) < UINT64_C(60) * 1000 * MS);
    loop_free(worker.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_turn_is_kept),
        cmocka_unit_test(a_turn_is_forgotten_after_two_windows),
        cmocka_unit_test(a_long_sleep_forgets_at_once),
        cmocka_unit_test(a_loop_measures_its_turns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Counting on several loops, and adding up: each answer is in its route, status and bucket, and
 * what is not told apart is in the last one. */
#include "web/metrics.h"

#include "unit.h"

enum { ROUTES = 3 };

static struct metrics *loops[2];
static struct metric_sums *sums;

static int set_up(void **state)
{
    (void)state;
    loops[0] = metrics_new(ROUTES);
    loops[1] = metrics_new(ROUTES);
    sums = metric_sums_new(ROUTES);
    return 0;
}

static int clear(void **state)
{
    (void)state;
    metrics_free(loops[0]);
    metrics_free(loops[1]);
    metric_sums_free(sums);
    return 0;
}

static void add_up(void)
{
    metrics_sum(loops[0], sums);
    metrics_sum(loops[1], sums);
}

static uint64_t answers_of(size_t route, int status)
{
    for (size_t i = 0; i < metric_status_count; i++)
        if (metric_statuses[i] == status)
            return sums->answers[route * metric_status_count + i];
    fail_msg("%d is not told apart", status);
    return 0;
}

static void answers_of_all_loops_are_added_by_route_and_status(void **state)
{
    (void)state;
    metrics_answered(loops[0], 1, 200, 10);
    metrics_answered(loops[1], 1, 200, 20);
    metrics_answered(loops[1], 2, 404, 30);
    metrics_answered(loops[0], ROUTES, 404, 40); /* no row fitted */
    metrics_answered(loops[0], 0, 418, 0);       /* not told apart */
    add_up();
    assert_int_equal(answers_of(1, 200), 2);
    assert_int_equal(answers_of(2, 404), 1);
    assert_int_equal(answers_of(ROUTES, 404), 1);
    assert_int_equal(answers_of(0, 0), 1);
    assert_int_equal(answers_of(1, 404), 0);
    assert_int_equal(sums->took_us, 100);
}

static void a_latency_is_in_the_first_bucket_that_holds_it(void **state)
{
    (void)state;
    metrics_answered(loops[0], 0, 200, metric_bounds_us[0]);
    metrics_answered(loops[0], 0, 200, metric_bounds_us[0] + 1);
    metrics_answered(loops[0], 0, 200, metric_bounds_us[metric_bound_count - 1] + 1);
    add_up();
    assert_int_equal(sums->buckets[0], 1);
    assert_int_equal(sums->buckets[1], 1);
    assert_int_equal(sums->buckets[metric_bound_count], 1);
}

static void what_is_open_goes_up_and_down(void **state)
{
    (void)state;
    metrics_add(loops[0], METRIC_OPEN_STREAMS, 1);
    metrics_add(loops[1], METRIC_OPEN_STREAMS, 1);
    metrics_add(loops[0], METRIC_OPEN_STREAMS, -1);
    metrics_unread(loops[1], 431);
    add_up();
    assert_int_equal(sums->all[METRIC_OPEN_STREAMS], 1);
    assert_int_equal(sums->all[METRIC_OPEN_REQUESTS], 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(answers_of_all_loops_are_added_by_route_and_status),
        CASE(a_latency_is_in_the_first_bucket_that_holds_it),
        CASE(what_is_open_goes_up_and_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

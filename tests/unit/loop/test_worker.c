/* The pool: work runs elsewhere and comes home, a full queue refuses, the end finishes what waits.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include "loop/worker.h"

#include <cmocka.h>

enum { JOBS = 100 };

static struct loop *loop;
static pthread_t home;
static int done_count, wanted;
static atomic_int run_count;

static void run(struct work *work)
{
    (void)work;
    assert_false(pthread_equal(pthread_self(), home));
    atomic_fetch_add(&run_count, 1);
}

static void done(struct work *work)
{
    (void)work;
    assert_true(pthread_equal(pthread_self(), home));
    if (++done_count == wanted)
        loop_stop(loop);
}

static const struct worker_options two_threads = { .threads = 2, .queue_max = JOBS };

static void work_runs_on_a_thread_and_is_done_at_home(void **state)
{
    struct workers *workers = workers_new(&two_threads);
    struct work jobs[JOBS];

    (void)state;
    wanted = JOBS;
    for (size_t i = 0; i < JOBS; i++) {
        jobs[i] = (struct work){ .home = loop, .run = run, .done = done };
        assert_true(workers_submit(workers, &jobs[i]));
    }
    loop_run(loop);
    workers_free(workers);
    assert_int_equal(atomic_load(&run_count), JOBS);
    assert_int_equal(done_count, JOBS);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool is_waiting;

static void wait_at_gate(struct work *work)
{
    (void)work;
    atomic_store(&is_waiting, true);
    (void)pthread_mutex_lock(&gate);
    (void)pthread_mutex_unlock(&gate);
}

static void a_full_queue_refuses_and_the_end_finishes_what_waits(void **state)
{
    struct worker_options options = { .threads = 1, .queue_max = 2 };
    struct workers *workers = workers_new(&options);
    struct work jobs[4];

    (void)state;
    wanted = 3;
    (void)pthread_mutex_lock(&gate);
    for (size_t i = 0; i < 4; i++)
        jobs[i] = (struct work){ .home = loop, .run = wait_at_gate, .done = done };
    assert_true(workers_submit(workers, &jobs[0]));
    while (!atomic_load(&is_waiting))
        continue;
    assert_true(workers_submit(workers, &jobs[1]));
    assert_true(workers_submit(workers, &jobs[2]));
    assert_false(workers_submit(workers, &jobs[3]));
    (void)pthread_mutex_unlock(&gate);
    workers_free(workers);
    loop_run(loop);
    assert_int_equal(done_count, 3);
}

static int open_loop(void **state)
{
    agentos_error err = { 0 };

    (void)state;
    home = pthread_self();
    done_count = 0;
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
        cmocka_unit_test_setup_teardown(work_runs_on_a_thread_and_is_done_at_home, open_loop,
                                        close_loop),
        cmocka_unit_test_setup_teardown(a_full_queue_refuses_and_the_end_finishes_what_waits,
                                        open_loop, close_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

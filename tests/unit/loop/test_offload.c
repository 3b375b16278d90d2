/* Jobs of the processor: they run elsewhere, come home, and are finished before their loop is gone.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/list.h"
#include "base/mem.h"
#include "loop/offload.h"

#include <cmocka.h>

enum { JOBS = 50 };

struct job {
    struct offload offload;
    bool has_run;
    useconds_t takes_us;
};

static struct loop *loop;
static pthread_t home;
static int done_count, wanted;
static atomic_int run_count;

static void run(struct offload *offload)
{
    struct job *job = LIST_OWNER(offload, struct job, offload);

    assert_false(pthread_equal(pthread_self(), home));
    (void)usleep(job->takes_us);
    job->has_run = true;
    atomic_fetch_add(&run_count, 1);
}

static void done(struct offload *offload)
{
    struct job *job = LIST_OWNER(offload, struct job, offload);

    assert_true(pthread_equal(pthread_self(), home));
    assert_true(job->has_run);
    free(job);
    if (++done_count == wanted)
        loop_stop(loop);
}

static void start(useconds_t takes_us)
{
    struct job *job = mem_zeroed(sizeof(*job));

    job->offload = (struct offload){ .run = run, .done = done };
    job->takes_us = takes_us;
    loop_offload(loop, &job->offload);
}

static void a_job_runs_on_a_thread_and_is_done_at_home(void **state)
{
    (void)state;
    wanted = JOBS;
    for (int i = 0; i < JOBS; i++)
        start(0);
    loop_run(loop);
    assert_int_equal(done_count, JOBS);
    assert_int_equal(atomic_load(&run_count), JOBS);
}

static void what_is_under_way_is_finished_before_the_loop_is_gone(void **state)
{
    (void)state;
    wanted = 1;
    for (int i = 0; i < 20; i++)
        start(i == 0 ? 0 : 20 * 1000);
    loop_run(loop); /* until the first */
    assert_in_range(done_count, 1, 19);
    loop_free(loop);
    loop = NULL;
    assert_int_equal(done_count, 20);
}

static void a_loop_without_jobs_is_freed_at_once(void **state)
{
    (void)state;
    loop_stop(loop);
    loop_run(loop);
    loop_free(loop);
    loop = NULL;
    assert_int_equal(done_count, 0);
}

static int set_up(void **state)
{
    (void)state;
    home = pthread_self();
    done_count = 0;
    atomic_store(&run_count, 0);
    return loop_new(&loop, NULL) == AGENTOS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    loop_free(loop);
    loop = NULL;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_job_runs_on_a_thread_and_is_done_at_home, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_under_way_is_finished_before_the_loop_is_gone,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_loop_without_jobs_is_freed_at_once, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

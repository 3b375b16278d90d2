/* The database among threads: answers go home, many ask at once. */
#include "store_threads.h"

/* Home: the loop gets every answer, on its own thread. */
struct household {
    struct loop *loop;
    pthread_t thread;
    size_t wanted, done, strangers;
};

static struct household household;

static void done_at_home(struct db_job *job)
{
    (void)job;
    household.strangers += !pthread_equal(pthread_self(), household.thread);
    if (++household.done == household.wanted)
        loop_stop(household.loop);
}

static void answers_arrive_on_the_home_loop_refusals_too(void **state)
{
    enum { TOO_MANY = 3 };
    struct db *db = db_at("memory");
    size_t count = DB_QUEUE_MAX + TOO_MANY, refused = 0;
    struct task *tasks = calloc(count, sizeof(*tasks));
    struct gate gate;

    (void)state;
    household = (struct household){ .thread = pthread_self(), .wanted = count };
    assert_int_equal(loop_new(&household.loop, NULL), AGENTOS_OK);
    gate_close(&gate, db);
    for (size_t i = 0; i < count; i++) {
        task_init(&tasks[i], NULL, i, "s1");
        tasks[i].job.home = household.loop;
        tasks[i].job.done = done_at_home;
        db_write(db, &tasks[i].job);
    }
    assert_int_equal(household.done, 0);
    tally_add(&gate.open);
    loop_run(household.loop);
    for (size_t i = 0; i < count; i++)
        refused += tasks[i].job.status == AGENTOS_UNAVAILABLE;
    assert_int_equal(refused, TOO_MANY);
    assert_int_equal(household.strangers, 0);
    db_close(db);
    loop_free(household.loop);
    free(tasks);
}

/* Threads that write and read at once: for the sanitizers. */
static void *write_and_read(void *user)
{
    struct db *db = user;
    struct tally tally = TALLY_INIT;
    struct task tasks[50];

    for (size_t i = 0; i < 50; i++) {
        task_init(&tasks[i], &tally, i, "s1");
        (void)snprintf(tasks[i].run_id, sizeof(tasks[i].run_id), "%zx-%zu", (size_t)pthread_self(),
                       i);
        db_write(db, &tasks[i].job);
        if (i % 10 == 0)
            (void)runs_in(db);
    }
    tally_wait(&tally, 50);
    return NULL;
}

static void threads_write_and_read_at_once(const char *url)
{
    struct db *db = db_at(url);
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_and_read, db), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(runs_in(db), 200);
    db_close(db);
}

static void a_file_serves_many_threads(void **state)
{
    struct place place = place_new();

    (void)state;
    threads_write_and_read_at_once(place.url);
    place_remove(&place);
}

static void memory_serves_many_threads_and_forgets(void **state)
{
    (void)state;
    threads_write_and_read_at_once("memory");
    struct db *db = db_at("memory");
    assert_int_equal(runs_in(db), 0);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_arrive_on_the_home_loop_refusals_too),
        cmocka_unit_test(a_file_serves_many_threads),
        cmocka_unit_test(memory_serves_many_threads_and_forgets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* kill -9 in the middle of writing: whatever was reported done is there afterwards. */
#include <signal.h>
#include <sys/wait.h>

#include "store_threads.h"

enum { TASKS = 20000, REPORTED = 300 };

static int report_to;

static void report(struct db_job *job)
{
    const struct task *task = task_of(job);

    if (job->status == AGENTOS_OK)
        (void)!write(report_to, task->run_id, sizeof(task->run_id)); /* whole: below PIPE_BUF */
    tally_add(task->tally);
}

/* The child: writes in waves, so that it is killed between, before and amid commits. */
static void write_until_killed(const char *url)
{
    static struct task tasks[TASKS];
    struct tally tally = TALLY_INIT;
    const struct db_options options = { .url = url };
    struct db *db;

    if (db_open(&options, &agentos_schema, &db, NULL) != AGENTOS_OK)
        _exit(1);
    for (size_t i = 0; i < TASKS; i++) {
        task_init(&tasks[i], &tally, i, "s1");
        tasks[i].job.done = report;
        db_write(db, &tasks[i].job);
        if (i % 16 == 15)
            tally_wait(&tally, i - 8);
    }
    _exit(2);
}

struct report {
    char run_id[32];
};

static agentos_status find_all(struct db_conn *conn, struct task *task, agentos_error *err)
{
    const struct report *reports = task->user;
    AUTO(arena) *a = arena_new();
    struct run_row row;

    for (size_t i = 0; reports[i].run_id[0] != '\0'; i++)
        TRY(run_row_get(conn, &everyone, &(struct run_key){ "s1", reports[i].run_id }, a, &row,
                        err));
    return AGENTOS_OK;
}

/* Everything that stands in the pipe once the child is dead. */
static size_t read_reports(int from, struct report *out, size_t max)
{
    size_t count = 0;

    while (count < max && read(from, &out[count], sizeof(*out)) == (ssize_t)sizeof(*out))
        count++;
    return count;
}

static void what_was_reported_survives_kill_9(void **state)
{
    static struct report reports[TASKS + 1];
    struct place place = place_new();
    struct tally tally = TALLY_INIT;
    struct task finder = task_other(&tally, find_all, reports);
    int ends[2], status;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    report_to = ends[1];
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        write_until_killed(place.url);
    (void)close(ends[1]);
    size_t count = read_reports(ends[0], reports, REPORTED);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    count += read_reports(ends[0], reports + count, TASKS - count);
    assert_in_range(count, REPORTED, TASKS);

    struct db *db = db_at(place.url);
    assert_int_equal(db_read_now(db, &finder.job), AGENTOS_OK);
    assert_true(runs_in(db) >= count);
    db_close(db);
    (void)close(ends[0]);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_was_reported_survives_kill_9) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

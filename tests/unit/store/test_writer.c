/* The writer: many jobs in one transaction, each undone alone, none confirmed that is not durable.
 */
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include "store_threads.h"

enum { JOBS = 200 };

/* The statements that begin and end transactions, as the connection runs them. */
struct trace {
    size_t begins, commits, rollbacks;
};

static int count_statement(unsigned kind, void *user, void *statement, void *text)
{
    struct trace *trace = user;

    (void)kind, (void)statement;
    trace->begins += strcmp(text, "BEGIN IMMEDIATE") == 0;
    trace->commits += strcmp(text, "COMMIT") == 0;
    trace->rollbacks += strcmp(text, "ROLLBACK") == 0;
    return 0;
}

static agentos_status start_trace(struct db_conn *conn, struct task *task, agentos_error *err)
{
    (void)err;
    sqlite3_trace_v2(handle_of(conn), SQLITE_TRACE_STMT, count_statement, task->user);
    return AGENTOS_OK;
}

static agentos_status run_script(struct db_conn *conn, struct task *task, agentos_error *err)
{
    return sql_script(conn, task->user, err);
}

static void script_now(struct db *db, const char *text)
{
    struct tally tally = TALLY_INIT;
    char copy[128];
    struct task task = task_other(&tally, run_script, copy);

    (void)snprintf(copy, sizeof(copy), "%s", text);
    assert_int_equal(db_write_now(db, &task.job), AGENTOS_OK);
}

static void many_jobs_make_one_transaction(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);
    struct tally tally = TALLY_INIT;
    struct trace trace = { 0 };
    struct task tasks[JOBS], tracer = task_other(&tally, start_trace, &trace);
    struct gate gate;

    (void)state;
    assert_int_equal(db_write_now(db, &tracer.job), AGENTOS_OK);
    gate_close(&gate, db);
    trace = (struct trace){ 0 };
    for (size_t i = 0; i < JOBS; i++) {
        task_init(&tasks[i], &tally, i, "s1");
        db_write(db, &tasks[i].job);
    }
    tally_add(&gate.open);
    tally_wait(&tally, JOBS);
    for (size_t i = 0; i < JOBS; i++)
        assert_int_equal(tasks[i].job.status, AGENTOS_OK);
    assert_int_equal(runs_in(db), JOBS);
    db_close(db);
    assert_int_equal(trace.begins, 1); /* the gate's own had begun before */
    assert_int_equal(trace.commits, 2);
    assert_int_equal(trace.rollbacks, 0);
    place_remove(&place);
}

static agentos_status fail_late(struct db_conn *conn, struct task *task, agentos_error *err)
{
    (void)conn, (void)task;
    return fail(err, AGENTOS_FORBIDDEN, "no");
}

static void a_job_that_fails_is_undone_alone(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);
    struct tally tally = TALLY_INIT;
    struct task tasks[9];
    struct gate gate;

    (void)state;
    gate_close(&gate, db);
    for (size_t i = 0; i < 9; i++) {
        task_init(&tasks[i], &tally, i, "s1");
        tasks[i].also = i % 3 == 1 ? fail_late : NULL; /* after it has written */
        db_write(db, &tasks[i].job);
    }
    tally_add(&gate.open);
    tally_wait(&tally, 9);
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(tasks[i].job.status, i % 3 == 1 ? AGENTOS_FORBIDDEN : AGENTOS_OK);
    assert_string_equal(tasks[1].job.err.message, "no");
    assert_int_equal(runs_in(db), 6);
    db_close(db);
    place_remove(&place);
}

/* In which order jobs were told of their commit, and how many rows were durable then. */
struct told {
    struct task *tasks[9];
    size_t count;
};
static struct told told;

static void note_commit(struct db_job *job)
{
    assert_int_equal(job->status, AGENTOS_OK);
    told.tasks[told.count++] = task_of(job);
}

static void jobs_hear_of_their_commit_in_the_order_they_ran(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);
    struct tally tally = TALLY_INIT;
    struct task tasks[9];
    struct gate gate;

    (void)state;
    told = (struct told){ 0 };
    gate_close(&gate, db);
    for (size_t i = 0; i < 9; i++) {
        task_init(&tasks[i], &tally, i, "s1");
        tasks[i].job.committed = note_commit;
        tasks[i].also = i % 3 == 1 ? fail_late : NULL;
        db_write(db, &tasks[i].job);
    }
    tally_add(&gate.open);
    tally_wait(&tally, 9);
    assert_int_equal(told.count, 6); /* what failed has nothing to tell */
    for (size_t i = 1; i < told.count; i++)
        assert_true(told.tasks[i - 1] < told.tasks[i]);
    db_close(db);
    place_remove(&place);
}

/* Three jobs in one group, the second of them huge. */
static void write_three(struct db *db, struct task tasks[3])
{
    static char huge[1 << 20];
    struct tally tally = TALLY_INIT;
    struct gate gate;

    told = (struct told){ 0 };
    memset(huge, 'x', sizeof(huge) - 1);
    gate_close(&gate, db);
    for (size_t i = 0; i < 3; i++) {
        task_init(&tasks[i], &tally, 1000 + i, "s1");
        tasks[i].row.messages = i == 1 ? huge : "a small one";
        tasks[i].job.committed = note_commit;
        db_write(db, &tasks[i].job);
    }
    tally_add(&gate.open);
    tally_wait(&tally, 3);
    tally_wait(&gate.left, 1);
}

static void expect_refused(const struct task *task, const char *sentence)
{
    assert_int_equal(task->job.status, AGENTOS_UNAVAILABLE);
    assert_string_equal(task->job.err.message, sentence);
}

static void expect_recovery(struct db *db)
{
    struct tally tally = TALLY_INIT;
    struct task task;
    size_t before = runs_in(db);

    task_init(&task, &tally, 2000 + before, "s1");
    assert_int_equal(db_write_now(db, &task.job), AGENTOS_OK);
    assert_int_equal(runs_in(db), before + 1);
}

static void what_does_not_fit_a_full_database_is_refused_alone(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);
    struct task tasks[3];

    (void)state;
    expect_recovery(db);
    script_now(db, "PRAGMA max_page_count = 60");
    write_three(db, tasks);
    assert_int_equal(tasks[0].job.status, AGENTOS_OK);
    expect_refused(&tasks[1], "The database is full");
    assert_int_equal(tasks[2].job.status, AGENTOS_OK);
    assert_int_equal(told.count, 2);
    assert_int_equal(runs_in(db), 3);
    script_now(db, "PRAGMA max_page_count = 1000000");
    expect_recovery(db);
    db_close(db);
    place_remove(&place);
}

/* The kernel takes no more: for every byte that SQLite writes, at COMMIT. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_disk_that_fails_at_commit_confirms_nothing_and_recovers(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);
    struct task tasks[3];

    (void)state;
    expect_recovery(db);
    (void)signal(SIGXFSZ, SIG_IGN);
    limit_files(256 << 10);
    write_three(db, tasks);
    limit_files(RLIM_INFINITY);
    for (size_t i = 0; i < 3; i++)
        expect_refused(&tasks[i], "The database's disk fails");
    assert_int_equal(told.count, 0); /* nobody acts on what is not durable */
    assert_int_equal(runs_in(db), 1);
    expect_recovery(db);
    db_close(db);
    place_remove(&place);
}

/* SQLite undoes a whole transaction after some failures; here the job does it. */
static agentos_status lose_transaction(struct db_conn *conn, struct task *task, agentos_error *err)
{
    (void)task;
    TRY(sql_script(conn, "ROLLBACK", err));
    return fail(err, AGENTOS_UNAVAILABLE, "The database is full");
}

static void a_lost_transaction_fails_the_whole_group(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);
    struct tally tally = TALLY_INIT;
    struct task tasks[3];
    struct gate gate;

    (void)state;
    expect_recovery(db);
    gate_close(&gate, db);
    for (size_t i = 0; i < 3; i++) {
        task_init(&tasks[i], &tally, i, "s1");
        tasks[i].also = i == 1 ? lose_transaction : NULL;
        db_write(db, &tasks[i].job);
    }
    tally_add(&gate.open);
    tally_wait(&tally, 3);
    for (size_t i = 0; i < 3; i++)
        expect_refused(&tasks[i], "The database is full");
    assert_int_equal(runs_in(db), 1);
    expect_recovery(db);
    db_close(db);
    place_remove(&place);
}

/* Outside of any job: what a second connection does to a writer in the middle. */
static void a_locked_database_confirms_nothing_and_recovers(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);
    struct db_conn *other = NULL;
    struct tally tally = TALLY_INIT;
    struct task task;

    (void)state;
    expect_recovery(db);
    assert_int_equal(connect_to(place.path, 50, &other), AGENTOS_OK);
    assert_int_equal(sql_script(other, "BEGIN IMMEDIATE", NULL), AGENTOS_OK);
    task_init(&task, &tally, 1, "s1");
    assert_int_equal(db_write_now(db, &task.job), AGENTOS_UNAVAILABLE);
    assert_string_equal(task.job.err.message, "The database is locked");
    assert_int_equal(runs_in(db), 1); /* reading goes on */
    assert_int_equal(sql_script(other, "ROLLBACK", NULL), AGENTOS_OK);
    sql_disconnect(other);
    expect_recovery(db);
    db_close(db);
    place_remove(&place);
}

static agentos_status take_handle(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct sqlite3 **handle = task->user;

    (void)err;
    *handle = handle_of(conn);
    return AGENTOS_OK;
}

static void a_read_only_database_confirms_nothing_and_recovers(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);
    struct sqlite3 *handle = NULL; /* used while the writer waits for jobs */
    struct tally tally = TALLY_INIT;
    struct task taker = task_other(&tally, take_handle, &handle), task;

    (void)state;
    expect_recovery(db);
    assert_int_equal(db_write_now(db, &taker.job), AGENTOS_OK);
    assert_int_equal(sqlite3_exec(handle, "PRAGMA query_only = ON", NULL, NULL, NULL), SQLITE_OK);
    task_init(&task, &tally, 1, "s1");
    (void)!db_write_now(db, &task.job);
    expect_refused(&task, "The database is read-only");
    assert_int_equal(sqlite3_exec(handle, "PRAGMA query_only = OFF", NULL, NULL, NULL), SQLITE_OK);
    expect_recovery(db);
    db_close(db);
    place_remove(&place);
}

/* COMMIT itself is refused, after every job has succeeded. */
static int refuse_commit(void *user)
{
    bool *is_on = user;

    return *is_on ? 1 : 0;
}

static agentos_status hook_commits(struct db_conn *conn, struct task *task, agentos_error *err)
{
    (void)err;
    (void)sqlite3_commit_hook(handle_of(conn), refuse_commit, task->user);
    return AGENTOS_OK;
}

static void a_failing_commit_takes_back_every_success(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);
    struct tally tally = TALLY_INIT;
    bool refuses = false;
    struct task hook = task_other(&tally, hook_commits, &refuses), tasks[3];
    struct gate gate;

    (void)state;
    expect_recovery(db);
    assert_int_equal(db_write_now(db, &hook.job), AGENTOS_OK);
    gate_close(&gate, db);
    for (size_t i = 0; i < 3; i++) {
        task_init(&tasks[i], &tally, i, "s1");
        db_write(db, &tasks[i].job);
    }
    refuses = true;
    tally_add(&gate.open);
    tally_wait(&tally, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(tasks[i].job.status, AGENTOS_UNAVAILABLE);
    assert_int_equal(runs_in(db), 1);
    db_close(db);
    place_remove(&place);
}

static void what_does_not_fit_the_queue_is_refused_and_the_rest_served(void **state)
{
    enum { TOO_MANY = 5 };
    struct place place = place_new();
    struct db *db = db_at(place.url);
    struct tally tally = TALLY_INIT;
    struct gate gate;
    size_t count = DB_QUEUE_MAX + TOO_MANY;
    struct task *tasks = calloc(count, sizeof(*tasks));

    (void)state;
    assert_non_null(tasks);
    gate_close(&gate, db);
    for (size_t i = 0; i < count; i++) {
        task_init(&tasks[i], &tally, i, "s1");
        db_write(db, &tasks[i].job);
    }
    tally_wait(&tally, TOO_MANY); /* while the writer still stands */
    for (size_t i = 0; i < count; i++)
        if (i >= DB_QUEUE_MAX) {
            assert_int_equal(tasks[i].job.status, AGENTOS_UNAVAILABLE);
            assert_string_equal(tasks[i].job.err.message, "The database is overloaded");
        }
    tally_add(&gate.open);
    tally_wait(&tally, count);
    assert_int_equal(runs_in(db), DB_QUEUE_MAX);
    db_close(db);
    free(tasks);
    place_remove(&place);
}

static void closing_finishes_what_is_queued(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);
    struct tally tally = TALLY_INIT;
    struct task tasks[JOBS];

    (void)state;
    for (size_t i = 0; i < JOBS; i++) {
        task_init(&tasks[i], &tally, i, "s1");
        db_write(db, &tasks[i].job);
    }
    db_close(db);
    assert_int_equal(tally.done, JOBS);
    db = db_at(place.url);
    assert_int_equal(runs_in(db), JOBS);
    db_close(db);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_jobs_make_one_transaction),
        cmocka_unit_test(a_job_that_fails_is_undone_alone),
        cmocka_unit_test(jobs_hear_of_their_commit_in_the_order_they_ran),
        cmocka_unit_test(what_does_not_fit_a_full_database_is_refused_alone),
        cmocka_unit_test(a_disk_that_fails_at_commit_confirms_nothing_and_recovers),
        cmocka_unit_test(a_lost_transaction_fails_the_whole_group),
        cmocka_unit_test(a_locked_database_confirms_nothing_and_recovers),
        cmocka_unit_test(a_read_only_database_confirms_nothing_and_recovers),
        cmocka_unit_test(a_failing_commit_takes_back_every_success),
        cmocka_unit_test(what_does_not_fit_the_queue_is_refused_and_the_rest_served),
        cmocka_unit_test(closing_finishes_what_is_queued),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What the store does when its engine fails, by an engine that fails at a chosen call. */
#include "fault_driver.h"
#include "store_threads.h"

enum { WRITERS = 3 };

static struct db *faulty_db(const struct place *place)
{
    const struct db_options options = { .url = place->url, .driver = &fault_driver };
    struct db *db = NULL;

    fault_plan(FAULT_NONE, 0);
    assert_int_equal(db_open(&options, &agentos_schema, &db, NULL), AGENTOS_OK);
    return db;
}

static size_t committed_count;

static void count_commit(struct db_job *job)
{
    (void)job;
    committed_count++;
}

/* Three runs in one group, during which the fault comes after so many calls of its kind. */
static void write_group(struct db *db, struct task tasks[WRITERS], enum fault fault, size_t skipped)
{
    struct tally tally = TALLY_INIT;
    struct gate gate;

    committed_count = 0;
    gate_close(&gate, db);
    for (size_t i = 0; i < WRITERS; i++) {
        task_init(&tasks[i], &tally, i, "s1");
        tasks[i].job.committed = count_commit;
        db_write(db, &tasks[i].job);
    }
    fault_plan(fault, skipped);
    tally_add(&gate.open);
    tally_wait(&gate.left, 1);
    tally_wait(&tally, WRITERS);
}

static void expect_all_refused(const struct task tasks[WRITERS], const char *sentence)
{
    for (size_t i = 0; i < WRITERS; i++) {
        assert_int_equal(tasks[i].job.status, AGENTOS_UNAVAILABLE);
        assert_string_equal(tasks[i].job.err.message, sentence);
    }
    assert_int_equal(committed_count, 0);
}

static void expect_recovery(struct db *db)
{
    struct tally tally = TALLY_INIT;
    struct task task;

    task_init(&task, &tally, 1000, "s1");
    assert_int_equal(db_write_now(db, &task.job), AGENTOS_OK);
}

/* The gate's own job is a group of one before: its COMMIT comes first. */
static void a_connection_lost_at_commit_confirms_nothing(void **state)
{
    struct place place = place_new();
    struct db *db = faulty_db(&place);
    struct task tasks[WRITERS];

    (void)state;
    write_group(db, tasks, FAULT_LOST_AT_COMMIT, 1);
    expect_all_refused(tasks, "The database's connection is lost");
    assert_int_equal(runs_in(db), 0);
    expect_recovery(db);
    db_close(db);
    place_remove(&place);
}

/* The rows are there, but nobody is told so: what is confirmed is durable, not the reverse. Trying
 * again says that the run exists, and changes nothing. */
static void a_connection_lost_after_commit_confirms_nothing(void **state)
{
    struct place place = place_new();
    struct db *db = faulty_db(&place);
    struct task tasks[WRITERS], again;
    struct tally tally = TALLY_INIT;

    (void)state;
    write_group(db, tasks, FAULT_LOST_AFTER_COMMIT, 1);
    expect_all_refused(tasks, "The database's connection is lost");
    assert_int_equal(runs_in(db), WRITERS);
    task_init(&again, &tally, 0, "s1");
    assert_int_equal(db_write_now(db, &again.job), AGENTOS_CONFLICT);
    assert_int_equal(runs_in(db), WRITERS);
    db_close(db);
    place_remove(&place);
}

/* At each write of the first job and of those after it. */
static void a_full_disk_refuses_the_whole_group(void **state)
{
    (void)state;
    for (size_t skipped = 0; skipped < 9; skipped++) {
        struct place place = place_new();
        struct db *db = faulty_db(&place);
        struct task tasks[WRITERS];
        write_group(db, tasks, FAULT_FULL, skipped);
        assert_int_equal(atomic_load(&fault_planned), FAULT_NONE); /* it came */
        expect_all_refused(tasks, "The database is full");
        assert_int_equal(runs_in(db), 0);
        expect_recovery(db);
        db_close(db);
        place_remove(&place);
    }
}

static void a_conflict_refuses_its_own_job_alone(void **state)
{
    (void)state;
    for (size_t skipped = 0; skipped < 3; skipped++) {
        struct place place = place_new();
        struct db *db = faulty_db(&place);
        struct task tasks[WRITERS];
        write_group(db, tasks, FAULT_CONFLICT, skipped); /* in the first job */
        assert_int_equal(tasks[0].job.status, AGENTOS_CONFLICT);
        assert_int_equal(tasks[1].job.status, AGENTOS_OK);
        assert_int_equal(tasks[2].job.status, AGENTOS_OK);
        assert_int_equal(committed_count, 2);
        assert_int_equal(runs_in(db), 2);
        db_close(db);
        place_remove(&place);
    }
}

static void a_busy_database_refuses_the_group_and_recovers(void **state)
{
    struct place place = place_new();
    struct db *db = faulty_db(&place);
    struct task tasks[WRITERS];

    (void)state;
    write_group(db, tasks, FAULT_BUSY, 0); /* the gate's own transaction had begun */
    expect_all_refused(tasks, "The database is locked");
    assert_int_equal(runs_in(db), 0);
    expect_recovery(db);
    db_close(db);
    place_remove(&place);
}

static void a_migration_that_fails_leaves_the_database_as_it_was(void **state)
{
    static const enum fault faults[] = { FAULT_BUSY, FAULT_LOST_AT_COMMIT };

    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        const struct sql_place memory = { .access = SQL_WRITES };
        struct db_conn *conn = NULL;
        struct sql_mark mark;
        assert_int_equal(sql_connect(&fault_driver, &memory, &conn, NULL), AGENTOS_OK);
        fault_plan(faults[i], 0);
        assert_int_equal(migrate(conn, &agentos_schema, NULL), AGENTOS_UNAVAILABLE);
        assert_int_equal(sql_read_mark(conn, &mark, NULL), AGENTOS_OK);
        assert_true(mark.is_empty && mark.version == 0);
        assert_int_equal(migrate(conn, &agentos_schema, NULL), AGENTOS_OK);
        sql_disconnect(conn);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_lost_at_commit_confirms_nothing),
        cmocka_unit_test(a_connection_lost_after_commit_confirms_nothing),
        cmocka_unit_test(a_full_disk_refuses_the_whole_group),
        cmocka_unit_test(a_conflict_refuses_its_own_job_alone),
        cmocka_unit_test(a_busy_database_refuses_the_group_and_recovers),
        cmocka_unit_test(a_migration_that_fails_leaves_the_database_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

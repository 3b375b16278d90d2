/* Readers connect at their first job, and only to the file that the writer has open. */
#include <sys/resource.h>
#include <unistd.h>

#include "fault_driver.h"
#include "store_threads.h"

static struct db *counted_db(const struct place *place)
{
    const struct db_options options = { .url = place->url, .driver = &fault_driver };
    struct db *db = NULL;

    fault_plan(FAULT_NONE, 0);
    atomic_store(&fault_connections, 0);
    assert_int_equal(db_open(&options, &agentos_schema, &db, NULL), AGENTOS_OK);
    return db;
}

/* Reads on a thread of this kind; out: the status and the message. */
static struct task read_as(struct db *db, enum db_read_kind kind)
{
    struct tally tally = TALLY_INIT;
    size_t count = 0;
    struct task task = task_other(&tally, count_runs_of, &count);

    db_read_as(db, kind, &task.job);
    tally_wait(&tally, 1);
    return task;
}

static void expect_read(struct db *db, enum db_read_kind kind)
{
    struct task task = read_as(db, kind);

    assert_int_equal(task.job.status, AGENTOS_NOT_FOUND); /* there is no session */
}

static void expect_refused(struct db *db, enum db_read_kind kind, const char *sentence)
{
    struct task task = read_as(db, kind);

    assert_int_equal(task.job.status, AGENTOS_UNAVAILABLE);
    assert_int_equal(task.job.err.status, AGENTOS_UNAVAILABLE);
    assert_non_null(strstr(task.job.err.message, sentence));
}

static void only_the_writer_is_connected_at_first(void **state)
{
    struct place place = place_new();
    struct db *db = counted_db(&place);

    (void)state;
    assert_int_equal(atomic_load(&fault_connections), 1);
    expect_read(db, DB_READ_SEARCH); /* one thread, so one connection for both reads */
    expect_read(db, DB_READ_SEARCH);
    assert_int_equal(atomic_load(&fault_connections), 2);
    expect_read(db, DB_READ_RUN);
    assert_int_equal(atomic_load(&fault_connections), 3);
    db_close(db);
    place_remove(&place);
}

static void a_reader_that_cannot_connect_tries_again_at_the_next_job(void **state)
{
    struct place place = place_new();
    struct db *db = counted_db(&place);

    (void)state;
    for (enum db_read_kind kind = 0; kind < DB_READ_KINDS; kind++) {
        fault_plan(FAULT_CONNECT, 0);
        expect_refused(db, kind, "The database cannot be opened");
        expect_read(db, kind);
    }
    db_close(db);
    place_remove(&place);
}

static void a_database_closes_whose_reader_never_connected(void **state)
{
    struct place place = place_new();
    struct db *db = counted_db(&place);

    (void)state;
    fault_plan(FAULT_CONNECT, 0);
    expect_refused(db, DB_READ_ANY, "The database cannot be opened");
    db_close(db);
    place_remove(&place);
}

/* Another file, even a valid database, must not be read in place of the one that is written. */
static void a_replaced_file_is_not_read(void **state)
{
    struct place place = place_new(), stranger = place_new();
    struct db *db = counted_db(&place);
    char copy[96];

    (void)state;
    db_close(db_at(stranger.url));
    (void)snprintf(copy, sizeof(copy), "%s.copy", place.path);
    assert_int_equal(rename(place.path, copy), 0);
    expect_refused(db, DB_READ_ANY, "The database"); /* there is no file */

    assert_int_equal(rename(stranger.path, place.path), 0);
    expect_refused(db, DB_READ_ANY, "The database file was replaced");
    expect_refused(db, DB_READ_RUN, "The database file was replaced");

    assert_int_equal(rename(copy, place.path), 0);
    expect_read(db, DB_READ_ANY);
    db_close(db);
    place_remove(&place);
    place_remove(&stranger);
}

/* Stores the niceness of the thread that runs the job. */
static agentos_status read_niceness(struct db_conn *conn, struct task *task, agentos_error *err)
{
    (void)conn;
    (void)err;
    *(int *)task->user = getpriority(PRIO_PROCESS, (id_t)gettid());
    return AGENTOS_OK;
}

static void only_reads_that_no_run_waits_for_yield(void **state)
{
    struct place place = place_new();
    struct db *db = counted_db(&place);
    int own = getpriority(PRIO_PROCESS, 0);

    (void)state;
    for (enum db_read_kind kind = 0; kind < DB_READ_KINDS; kind++) {
        struct tally tally = TALLY_INIT;
        int found = -100;
        struct task task = task_other(&tally, read_niceness, &found);

        db_read_as(db, kind, &task.job);
        tally_wait(&tally, 1);
        assert_int_equal(found, kind == DB_READ_RUN || own > 10 ? own : 10);
    }
    int found = -100;
    struct tally tally = TALLY_INIT;
    struct task task = task_other(&tally, read_niceness, &found);
    db_write(db, &task.job);
    tally_wait(&tally, 1);
    assert_int_equal(found, own);
    db_close(db);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_writer_is_connected_at_first),
        cmocka_unit_test(a_reader_that_cannot_connect_tries_again_at_the_next_job),
        cmocka_unit_test(a_database_closes_whose_reader_never_connected),
        cmocka_unit_test(a_replaced_file_is_not_read),
        cmocka_unit_test(only_reads_that_no_run_waits_for_yield),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

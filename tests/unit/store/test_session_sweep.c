/* A deleted session is out of reach at once, and its rows are removed in slices (CWE-400). */
#include "base/mem.h"
#include "store/session_write.h"

#include "store_threads.h"

enum { LONG = 1200 }; /* runs: more than two slices */

static int64_t rows_in(struct db_conn *conn, const char *table)
{
    AUTO_BUF text = buf_with_limit(128);
    AUTO(sql) *q = NULL;
    bool has_row;

    buf_printf(&text, "SELECT count(*) FROM %s AS s WHERE $owned(s)", table);
    assert_int_equal(owner_prepare(conn, &everyone, OWNER_READS, buf_view(&text), &q, NULL),
                     AGENTOS_OK);
    assert_int_equal(sql_next(q, &has_row, NULL), AGENTOS_OK);
    return sql_int(q, 0);
}

/* Saves so many runs in the session, each of which leaves another state. */
static void save_runs(struct db_conn *conn, const char *session_id, size_t count)
{
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < count; i++) {
        struct run_row row = row_of(arena_printf(a, "%s-%zu", session_id, i), session_id, "ann");
        row.session_state = arena_printf(a, "{\"n\":%zu}", i);
        assert_int_equal(save(conn, &row), AGENTOS_OK);
    }
}

static void delete_session(struct db_conn *conn, const char *session_id)
{
    const struct session_claim claim = { .session_id = session_id };

    assert_int_equal(session_delete(conn, &everyone, &claim, NULL), AGENTOS_OK);
}

static void expect_absent(struct db_conn *conn, const char *session_id, const char *run_id)
{
    AUTO(arena) *a = arena_new();
    const struct run_filter filter = { .session_id = session_id };
    const struct run_key key = { .session_id = session_id, .run_id = run_id };
    const struct session_claim claim = { .session_id = session_id };
    struct run_plan plan = { .session_id = session_id, .type = COMPONENT_AGENT };
    struct run_context context;
    struct session session;
    struct run_rows runs;
    struct run_row run;

    plan.component_id = "alpha";
    plan.num_runs = 3;
    assert_int_equal(session_get(conn, &everyone, session_id, a, &session, NULL),
                     AGENTOS_NOT_FOUND);
    assert_int_equal(run_row_list(conn, &everyone, &filter, a, &runs, NULL), AGENTOS_NOT_FOUND);
    assert_int_equal(run_row_get(conn, &everyone, &key, a, &run, NULL), AGENTOS_NOT_FOUND);
    assert_int_equal(run_row_find(conn, &everyone, run_id, a, &run, NULL), AGENTOS_NOT_FOUND);
    assert_int_equal(session_update(conn, &everyone, &claim,
                                    &(struct session_change){ .session_name = "x" }, NULL),
                     AGENTOS_NOT_FOUND);
    assert_int_equal(run_row_prepare(conn, &everyone, &plan, a, &context, NULL), AGENTOS_OK);
    assert_false(context.session_exists);
}

/* Returns how many sessions a listing shows, and counts: the two agree. */
static int64_t listed(struct db_conn *conn, const char *name)
{
    AUTO(arena) *a = arena_new();
    const struct session_filter filter = { .limit = 100, .page = 1, .session_name = name };
    struct session_page page;

    assert_int_equal(session_list(conn, &everyone, &filter, a, &page, NULL), AGENTOS_OK);
    assert_int_equal(page.total, page.count);
    return page.total;
}

static void a_deleted_session_is_out_of_reach_before_its_rows_are_removed(void **state)
{
    struct db_conn *conn = conn_new();
    const struct session_claim claim = { .session_id = "gone" };
    const struct session_change change = { .session_name = "a name" };

    (void)state;
    save_runs(conn, "gone", 3);
    save_runs(conn, "kept", 2);
    assert_int_equal(session_update(conn, &everyone, &claim, &change, NULL), AGENTOS_OK);
    delete_session(conn, "gone");
    assert_int_equal(rows_in(conn, "runs"), 5);
    expect_absent(conn, "gone", "gone-1");
    assert_int_equal(listed(conn, NULL), 1);
    assert_int_equal(listed(conn, "name"), 0);
    assert_int_equal(sweep(conn), 1);
    assert_int_equal(rows_in(conn, "runs"), 2);
    assert_int_equal(rows_in(conn, "sessions"), 1);
    assert_int_equal(rows_in(conn, "session_models"), 1);
    assert_int_equal(rows_in(conn, "session_states"), 1);
    assert_int_equal(listed(conn, NULL), 1);
    sql_disconnect(conn);
}

static void no_slice_is_longer_than_the_bound(void **state)
{
    struct db_conn *conn = conn_new();
    int64_t before = LONG + LONG - 1 + 1;
    bool has_more = true;

    (void)state;
    save_runs(conn, "long", LONG);
    delete_session(conn, "long");
    while (has_more) {
        assert_int_equal(session_sweep(conn, &has_more, NULL), AGENTOS_OK);
        int64_t after =
            rows_in(conn, "runs") + rows_in(conn, "session_states") + rows_in(conn, "sessions");
        assert_true(before - after <= SWEEP_ROWS);
        assert_true(after < before || !has_more);
        before = after;
    }
    assert_int_equal(before, 0);
    sql_disconnect(conn);
}

/* The id is free at once, and a new session under it keeps its runs while the old ones go. */
static void a_new_session_under_the_same_id_is_not_swept(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct run_row row = row_of("new", "again", "bob");
    const struct run_filter filter = { .session_id = "again" };
    struct run_rows runs;

    (void)state;
    save_runs(conn, "again", LONG);
    delete_session(conn, "again");
    assert_int_equal(save(conn, &row), AGENTOS_OK); /* bob's now, which it could not be before */
    assert_true(sweep(conn) > 1);
    assert_int_equal(run_row_list(conn, &everyone, &filter, a, &runs, NULL), AGENTOS_OK);
    assert_int_equal(runs.count, 1);
    assert_string_equal(runs.all[0].run_id, "new");
    assert_int_equal(rows_in(conn, "runs"), 1);
    sql_disconnect(conn);
}

static void many_short_sessions_are_swept_together(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < 100; i++) {
        const char *session_id = arena_printf(a, "s%zu", i);
        save_runs(conn, session_id, 1);
        delete_session(conn, session_id);
    }
    assert_true(sweep(conn) < 100);
    assert_int_equal(rows_in(conn, "sessions"), 0);
    assert_int_equal(sweep(conn), 1); /* there is nothing left to do */
    sql_disconnect(conn);
}

/* ---- among threads ---- */

static agentos_status delete_s1(struct db_conn *conn, struct task *task, agentos_error *err)
{
    const struct session_claim claim = { .session_id = "s1" };

    (void)task;
    return session_delete(conn, &everyone, &claim, err);
}

static agentos_status count_all_runs(struct db_conn *conn, struct task *task, agentos_error *err)
{
    (void)err;
    *(int64_t *)task->user = rows_in(conn, "runs");
    return AGENTOS_OK;
}

static int64_t all_runs_in(struct db *db)
{
    struct tally tally = TALLY_INIT;
    int64_t count = -1;
    struct task task = task_other(&tally, count_all_runs, &count);

    assert_int_equal(db_read_now(db, &task.job), AGENTOS_OK);
    return count;
}

static agentos_status save_long(struct db_conn *conn, struct task *task, agentos_error *err)
{
    (void)task;
    (void)err;
    save_runs(conn, "s1", LONG);
    return AGENTOS_OK;
}

/* Runs are saved while the rows go, and the writer comes to the end of them without another job. */
static void the_writer_sweeps_between_its_jobs(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);
    struct tally tally = TALLY_INIT;
    struct task fill = task_other(&tally, save_long, NULL);
    struct task delete = task_other(&tally, delete_s1, NULL);
    struct task tasks[20];

    (void)state;
    assert_int_equal(db_write_now(db, &fill.job), AGENTOS_OK);
    assert_int_equal(db_write_now(db, &delete.job), AGENTOS_OK);
    for (size_t i = 0; i < COUNT(tasks); i++) {
        task_init(&tasks[i], &tally, i, "s2");
        assert_int_equal(db_write_now(db, &tasks[i].job), AGENTOS_OK);
    }
    while (all_runs_in(db) > (int64_t)COUNT(tasks))
        ;
    assert_int_equal(all_runs_in(db), COUNT(tasks));
    db_close(db);
    place_remove(&place);
}

/* A process that ends before all rows are gone leaves the rest to the next one. */
static void what_is_left_is_swept_when_the_database_is_opened(void **state)
{
    struct place place = place_new();
    struct db_conn *conn = NULL;

    (void)state;
    db_close(db_at(place.url));
    assert_int_equal(connect_to(place.path, 0, &conn), AGENTOS_OK);
    assert_int_equal(sql_begin(conn, SQL_WRITES, NULL), AGENTOS_OK);
    save_runs(conn, "s1", LONG);
    delete_session(conn, "s1");
    assert_int_equal(sql_commit(conn, NULL), AGENTOS_OK);
    sql_disconnect(conn);
    struct db *db = db_at(place.url);
    while (all_runs_in(db) > 0)
        ;
    db_close(db);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deleted_session_is_out_of_reach_before_its_rows_are_removed),
        cmocka_unit_test(no_slice_is_longer_than_the_bound),
        cmocka_unit_test(a_new_session_under_the_same_id_is_not_swept),
        cmocka_unit_test(many_short_sessions_are_swept_together),
        cmocka_unit_test(the_writer_sweeps_between_its_jobs),
        cmocka_unit_test(what_is_left_is_swept_when_the_database_is_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

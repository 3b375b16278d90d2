/* What reading runs costs: previews do without what they do not show, and history is found by its
 * index. */
#include <sqlite3.h>

#include "base/limits.h"

#include "store.h"

static void put(struct db_conn *conn, struct run_row row)
{
    assert_int_equal(save(conn, &row), AGENTOS_OK);
}

static struct session session_of(struct db_conn *conn, const char *session_id, arena *a)
{
    struct session session = { 0 };

    assert_int_equal(session_get(conn, &everyone, session_id, a, &session, NULL), AGENTOS_OK);
    return session;
}

/* What SQLite says that a statement reads. */
struct watch {
    bool object, runs;
};

static int watch_reads(void *user, int action, const char *table, const char *column,
                       const char *schema, const char *trigger)
{
    struct watch *seen = user;

    (void)schema, (void)trigger;
    if (action == SQLITE_READ && strcmp(table, "runs") == 0) {
        seen->runs = true;
        seen->object |= strcmp(column, "messages") == 0;
    }
    return SQLITE_OK;
}

static void previews_and_listings_never_read_the_objects(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct run_filter filter = { .session_id = "s1", .parts = RUN_PARTS_PREVIEW };
    const struct session_filter sessions = { .limit = 10, .page = 1 };
    struct watch seen = { 0 };
    struct run_rows list;
    struct session_page page;

    (void)state;
    put(conn, row_of("r1", "s1", "ann"));
    assert_int_equal(sqlite3_set_authorizer(handle_of(conn), watch_reads, &seen), SQLITE_OK);
    assert_int_equal(session_list(conn, &everyone, &sessions, a, &page, NULL), AGENTOS_OK);
    (void)session_of(conn, "s1", a);
    assert_false(seen.runs);
    assert_int_equal(run_row_list(conn, &everyone, &filter, a, &list, NULL), AGENTOS_OK);
    assert_int_equal(list.count, 1);
    assert_null(list.all[0].messages);
    assert_string_equal(list.all[0].content, "Echo: hello");
    assert_true(seen.runs);
    assert_false(seen.object);
    filter.parts = RUN_PARTS_ALL;
    assert_int_equal(run_row_list(conn, &everyone, &filter, a, &list, NULL), AGENTOS_OK);
    assert_string_equal(list.all[0].messages, "r1");
    assert_true(seen.object);
    sql_disconnect(conn);
}

static void previews_of_huge_runs_read_few_pages(void **state)
{
    enum { OBJECT_BYTES = 8 << 20 };
    struct place place = place_new();
    struct db_conn *conn = NULL;
    AUTO(arena) *a = arena_new();
    const struct run_filter filter = { .session_id = "s1", .parts = RUN_PARTS_PREVIEW };
    struct run_row row = row_of("r1", "s1", "ann");
    struct run_rows list;
    char *huge = arena_alloc(a, OBJECT_BYTES + 1);
    int misses = 0, highest = 0;

    (void)state;
    (void)fclose(fopen(place.path, "w"));
    assert_int_equal(connect_to(place.path, 0, &conn), AGENTOS_OK);
    assert_int_equal(migrate(conn, &agentos_schema, NULL), AGENTOS_OK);
    row.messages = memset(huge, 'x', OBJECT_BYTES);
    assert_int_equal(sql_begin(conn, SQL_WRITES, NULL), AGENTOS_OK);
    put(conn, row);
    assert_int_equal(sql_commit(conn, NULL), AGENTOS_OK);
    sql_disconnect(conn);
    assert_int_equal(connect_to(place.path, 0, &conn), AGENTOS_OK); /* with a cold cache */
    assert_int_equal(sql_begin(conn, SQL_READS, NULL), AGENTOS_OK);
    assert_int_equal(run_row_list(conn, &everyone, &filter, a, &list, NULL), AGENTOS_OK);
    assert_int_equal(list.count, 1);
    (void)sqlite3_db_status(handle_of(conn), SQLITE_DBSTATUS_CACHE_MISS, &misses, &highest, 0);
    assert_in_range(misses, 1, 40); /* the object alone fills two thousand */
    sql_disconnect(conn);
    place_remove(&place);
}

/* An agent that is new to a long session finds at once that it has no history there. */
static void history_is_found_however_long_the_session_is(void **state)
{
    enum { RUNS = 2000 };
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    const struct owner ann = owner_of("", "ann");
    const struct run_plan plan = {
        .session_id = "s1", .type = COMPONENT_AGENT, .component_id = "new", .num_runs = 3
    };
    struct run_context context;
    size_t statements = 0;

    (void)state;
    for (int i = 0; i < RUNS; i++) {
        char id[8];
        (void)snprintf(id, sizeof(id), "r%d", i);
        put(conn, row_of(id, "s1", "ann"));
    }
    assert_int_equal(run_row_prepare(conn, &ann, &plan, a, &context, NULL), AGENTOS_OK);
    assert_int_equal(context.history_count, 0);
    for (sqlite3_stmt *s = NULL; (s = sqlite3_next_stmt(handle_of(conn), s)) != NULL;) {
        if (strstr(sqlite3_sql(s), "SELECT r.input, r.content, r.messages") == NULL)
            continue;
        statements++;
        assert_int_equal(sqlite3_stmt_status(s, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0), 0);
        assert_int_equal(sqlite3_stmt_status(s, SQLITE_STMTSTATUS_SORT, 0), 0);
        assert_in_range(sqlite3_stmt_status(s, SQLITE_STMTSTATUS_VM_STEP, 0), 1, 200);
    }
    assert_int_equal(statements, 1);
    sql_disconnect(conn);
}

/* However short they are: one more than READ_MAX_RUNS is refused before all of them are read. */
static void more_runs_than_are_answered_are_refused_by_name(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    const char *const failed[] = { "ERROR" };
    struct run_filter filter = { .session_id = "s1" };
    struct run_rows list;
    agentos_error err;
    struct run_row row;
    char id[16];

    (void)state;
    for (int i = 0; i < READ_MAX_RUNS; i++) {
        (void)snprintf(id, sizeof(id), "r%d", i);
        put(conn, row_of(id, "s1", "ann"));
    }
    assert_int_equal(run_row_list(conn, &everyone, &filter, a, &list, NULL), AGENTOS_OK);
    assert_int_equal(list.count, READ_MAX_RUNS);
    row = row_of("last", "s1", "ann");
    row.status = "ERROR";
    put(conn, row);
    for (filter.parts = RUN_PARTS_ALL; filter.parts <= RUN_PARTS_PREVIEW; filter.parts++) {
        assert_int_equal(run_row_list(conn, &everyone, &filter, a, &list, &err), AGENTOS_TOO_LARGE);
        assert_string_equal(err.message,
                            "These runs are more than 10000. Ask for fewer by created_after, "
                            "created_before or status, or for one at a time.");
    }
    filter = (struct run_filter){ .session_id = "s1", .statuses = failed, .status_count = 1 };
    assert_int_equal(run_row_list(conn, &everyone, &filter, a, &list, NULL), AGENTOS_OK);
    assert_int_equal(list.count, 1);
    sql_disconnect(conn);
}

/* One run may be longer than is answered where another release stored it. */
static void a_run_that_is_too_long_is_refused_by_name(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    const struct run_key key = { "s1", "r1" };
    struct run_row row = row_of("r1", "s1", "ann");
    struct run_row found;
    agentos_error err;
    char *huge = arena_alloc(a, READ_MAX_BYTES + 2);

    (void)state;
    memset(huge, 'x', READ_MAX_BYTES + 1);
    huge[READ_MAX_BYTES + 1] = '\0';
    row.messages = huge;
    put(conn, row);
    assert_int_equal(run_row_get(conn, &everyone, &key, a, &found, &err), AGENTOS_TOO_LARGE);
    assert_string_equal(err.message, "This run is longer than 8388608 bytes.");
    sql_disconnect(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(previews_and_listings_never_read_the_objects),
        cmocka_unit_test(previews_of_huge_runs_read_few_pages),
        cmocka_unit_test(history_is_found_however_long_the_session_is),
        cmocka_unit_test(more_runs_than_are_answered_are_refused_by_name),
        cmocka_unit_test(a_run_that_is_too_long_is_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

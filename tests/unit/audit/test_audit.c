/* The chain: what is appended verifies, with that key alone; what was done to it is told. The edits
 * of a real file are in the end-to-end tests. Kinds: CWE-778, CWE-345. */
#include "audit/audit.h"
#include "base/mem.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "store.h"
#include "store/migrate.h"

static struct audit *audit_with(const char *key)
{
    struct audit *audit = NULL;

    assert_int_equal(audit_new(str_of(key), &audit, NULL), AGENTOS_OK);
    return audit;
}

static struct audit *ours(void)
{
    return audit_with("a key of at least thirty-two bytes");
}

static void append(const struct audit *audit, struct db_conn *conn, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(audit_append(audit, conn,
                                      &(struct audit_row){ .created_at = 1795288566,
                                                           .actor = i % 2 == 0 ? "ann" : NULL,
                                                           .action = "denied",
                                                           .target = "127.0.0.1",
                                                           .after = "{\"count\":1}" },
                                      NULL),
                         AGENTOS_OK);
}

static void a_key_has_thirty_two_bytes_or_more(void **state)
{
    struct audit *audit = NULL;
    agentos_error err;

    (void)state;
    assert_int_equal(audit_new(STR("short"), &audit, &err), AGENTOS_INVALID);
    assert_non_null(strstr(err.message, "32 bytes"));
    audit_free(ours());
    audit_free(NULL);
}

/* docs/design/security.md 25. */
static void what_is_appended_verifies_with_its_key_alone(void **state)
{
    struct audit *right = ours(), *wrong = audit_with("another key of thirty-two bytes ...");
    struct db_conn *conn = conn_new();
    struct audit_extent extent = { -1, -1 };
    agentos_error err;

    (void)state;
    assert_int_equal(audit_verify(right, conn, &extent, NULL), AGENTOS_OK);
    assert_int_equal(extent.checked, 0);
    append(right, conn, 3);
    assert_int_equal(audit_verify(right, conn, &extent, NULL), AGENTOS_OK);
    assert_int_equal(extent.checked, 3);
    assert_int_equal(audit_verify(wrong, conn, &extent, &err), AGENTOS_CONFLICT);
    assert_non_null(strstr(err.message, "row 1"));
    append(right, conn, 2);
    assert_int_equal(audit_verify(right, conn, &extent, NULL), AGENTOS_OK);
    assert_int_equal(extent.checked, 5);
    sql_disconnect(conn);
    audit_free(right);
    audit_free(wrong);
}

static void every_edit_is_told(void **state)
{
    static const struct {
        const char *edit, *told;
    } cases[] = {
        { "UPDATE audit SET created_at = 1 WHERE id = 2", "row 2 was changed" },
        { "UPDATE audit SET actor = NULL WHERE id = 3", "row 3 was changed" },
        { "UPDATE audit SET actor = '' WHERE id = 2", "row 2 was changed" },
        { "UPDATE audit SET before = after, after = before WHERE id = 1", "row 1 was changed" },
        { "DELETE FROM audit WHERE id = 2", "found row 3 instead of row 2" },
        { "DELETE FROM audit WHERE id = 3", "2 rows of 3" },
        { "DELETE FROM audit", "0 rows of 3" },
        { "DELETE FROM audit_head", "3 rows of 0" },
        { "UPDATE audit SET id = -1 WHERE id = 1", "found row -1 instead of row 1" },
        { "UPDATE audit SET after = hex(zeroblob(5000000)) WHERE id = 2",
          "row 2 exceeds the maximum length" },
    };
    struct audit *audit = ours();
    struct audit_extent extent;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct db_conn *conn = conn_new();
        agentos_error err = { 0 };

        append(audit, conn, 3);
        assert_int_equal(sql_script(conn, cases[i].edit, NULL), AGENTOS_OK);
        assert_int_equal(audit_verify(audit, conn, &extent, &err), AGENTOS_CONFLICT);
        if (strstr(err.message, cases[i].told) == NULL)
            print_error("%s: %s\n", cases[i].edit, err.message);
        assert_non_null(strstr(err.message, cases[i].told));
        sql_disconnect(conn);
    }
    audit_free(audit);
}

/* What is found in the database neither ends the server nor lets the chain go on from nowhere. */
static void to_a_forged_end_nothing_is_appended(void **state)
{
    static const char *const edits[] = {
        "UPDATE audit_head SET last = -1",
        "UPDATE audit_head SET last = 9223372036854775807",
    };
    const struct audit_row row = { .action = "denied", .target = "127.0.0.1" };
    struct audit *audit = ours();

    (void)state;
    for (size_t i = 0; i < COUNT(edits); i++) {
        struct db_conn *conn = conn_new();

        append(audit, conn, 3);
        assert_int_equal(sql_script(conn, edits[i], NULL), AGENTOS_OK);
        assert_int_equal(audit_append(audit, conn, &row, NULL), AGENTOS_UNAVAILABLE);
        sql_disconnect(conn);
    }
    audit_free(audit);
}

/* ---- the mark ---- */

/* A database file, an audit log with its mark beside it, and a connection. */
struct marked {
    struct place place;
    struct audit *audit;
    struct db_conn *conn;
    char mark[96];
};

static void start(struct marked *m, agentos_status expected, const char *told)
{
    agentos_error err = { 0 };

    m->audit = ours();
    audit_keep_mark(m->audit, m->mark);
    assert_int_equal(sql_begin(m->conn, SQL_WRITES, NULL), AGENTOS_OK);
    assert_int_equal(audit_start(m->audit, m->conn, 1795288566, &err), expected);
    if (told != NULL)
        assert_string_equal(err.message, told);
    assert_int_equal(sql_commit(m->conn, NULL), AGENTOS_OK);
}

static int open_marked(void **state)
{
    static struct marked m;

    m = (struct marked){ .place = place_new() };
    (void)snprintf(m.mark, sizeof(m.mark), "%s/state.mark", m.place.folder);
    assert_int_equal(close(open(m.place.path, O_CREAT | O_RDWR, 0600)), 0);
    assert_int_equal(connect_to(m.place.path, 0, &m.conn), AGENTOS_OK);
    assert_int_equal(migrate(m.conn, &agentos_schema, NULL), AGENTOS_OK);
    start(&m, AGENTOS_OK, NULL);
    *state = &m;
    return 0;
}

static int close_marked(void **state)
{
    struct marked *m = *state;

    audit_free(m->audit);
    sql_disconnect(m->conn);
    (void)unlink(m->mark);
    place_remove(&m->place);
    return 0;
}

static void commit(struct marked *m, size_t rows)
{
    assert_int_equal(sql_begin(m->conn, SQL_WRITES, NULL), AGENTOS_OK);
    append(m->audit, m->conn, rows);
    assert_int_equal(sql_commit(m->conn, NULL), AGENTOS_OK);
}

/* What the check says: how many rows, or why not. */
static const char *verdict(struct marked *m)
{
    static char text[1200];
    struct audit_extent extent;
    agentos_error err = { 0 };
    struct audit *audit = ours(); /* as the command, which opens the log by itself */

    audit_keep_mark(audit, m->mark);
    assert_int_equal(sql_begin(m->conn, SQL_WRITES, NULL), AGENTOS_OK);
    if (audit_verify(audit, m->conn, &extent, &err) == AGENTOS_OK)
        (void)snprintf(text, sizeof(text), "%d after %d", (int)extent.checked, (int)extent.before);
    else
        (void)snprintf(text, sizeof(text), "%s", err.message);
    sql_rollback(m->conn);
    audit_free(audit);
    return text;
}

static void script(struct marked *m, const char *text)
{
    assert_int_equal(sql_script(m->conn, text, NULL), AGENTOS_OK);
}

#define KEEP_END "CREATE TABLE kept AS SELECT * FROM audit_head;"
#define OLD_END  "DELETE FROM audit_head; INSERT INTO audit_head SELECT * FROM kept;"

static void rows_missing_at_the_end_are_told(void **state)
{
    struct marked *m = *state;

    commit(m, 3);
    script(m, KEEP_END);
    commit(m, 2);
    assert_string_equal(verdict(m), "5 after 0");
    script(m, "DELETE FROM audit WHERE id > 3;" OLD_END);
    assert_string_equal(verdict(m), "the end was cut off: the last 2 rows are missing");
    commit(m, 1);
    assert_string_equal(verdict(m), "the end was cut off: the last row is missing");
    commit(m, 4); /* the mark stays */
    assert_string_equal(verdict(m), "row 5 is not the one that was written: the end was cut off, "
                                    "and others were appended");
    script(m, "DELETE FROM audit; DELETE FROM audit_head");
    assert_string_equal(verdict(m), "the log was emptied: the last 5 rows are missing");
    audit_free(m->audit);
    start(m, AGENTOS_CONFLICT, "the log was emptied: the last 5 rows are missing");
    commit(m, 1);
    assert_string_equal(verdict(m), "the end was cut off: the last 4 rows are missing");
}

static void a_mark_that_is_missing_or_changed_is_told(void **state)
{
    struct marked *m = *state;
    char expected[400];

    commit(m, 3);
    assert_int_equal(unlink(m->mark), 0);
    (void)snprintf(expected, sizeof(expected),
                   "the mark '%s' is missing, so rows that were cut off the end would not be "
                   "noticed; the server makes it when it starts",
                   m->mark);
    assert_string_equal(verdict(m), expected);
    audit_free(m->audit);
    start(m, AGENTOS_OK, NULL); /* its row says that there was none */
    assert_string_equal(verdict(m), "4 after 0");
    FILE *file = fopen(m->mark, "r+");
    assert_non_null(file);
    assert_int_equal(fputc('3', file), '3'); /* the number of rows */
    assert_int_equal(fclose(file), 0);
    (void)snprintf(expected, sizeof(expected),
                   "the mark '%s' was changed or sealed with another key", m->mark);
    assert_string_equal(verdict(m), expected);
    audit_free(m->audit);
    start(m, AGENTOS_CONFLICT, expected);
}

/* What is rolled back is not in the mark, and what is committed is, once it is told. */
static void the_mark_never_leads(void **state)
{
    struct marked *m = *state;

    commit(m, 2);
    assert_int_equal(sql_begin(m->conn, SQL_WRITES, NULL), AGENTOS_OK);
    append(m->audit, m->conn, 3);
    sql_rollback(m->conn);
    assert_string_equal(verdict(m), "2 after 0");
    assert_int_equal(sql_begin(m->conn, SQL_WRITES, NULL), AGENTOS_OK);
    append(m->audit, m->conn, 1);
    assert_int_equal(sql_savepoint(m->conn, NULL), AGENTOS_OK);
    append(m->audit, m->conn, 3);
    assert_int_equal(sql_rollback_to(m->conn, NULL), AGENTOS_OK);
    assert_int_equal(sql_release(m->conn, NULL), AGENTOS_OK);
    assert_int_equal(sql_commit(m->conn, NULL), AGENTOS_OK);
    assert_string_equal(verdict(m), "3 after 0");
}

static void kill_9_leaves_a_log_that_verifies(void **state)
{
    struct marked *m = *state;

    for (unsigned round = 0; round < 20; round++) {
        pid_t child = fork();
        int status;

        assert_true(child >= 0);
        if (child == 0) {
            struct db_conn *conn;

            if (connect_to(m->place.path, 5000, &conn) != AGENTOS_OK)
                _exit(1);
            m->conn = conn;
            for (;;)
                commit(m, 1 + round % 3);
        }
        (void)usleep(2000 + 3000 * round);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_non_null(strstr(verdict(m), " after 0"));
        audit_free(m->audit);
        start(m, AGENTOS_OK, NULL);
        commit(m, 1);
        assert_non_null(strstr(verdict(m), " after 0"));
    }
}

/* A lost key, a changed end: nothing is recorded, and so nothing is changed, until it is adopted.
 */
static void what_cannot_be_recorded_is_refused_until_the_log_is_adopted(void **state)
{
    static const char *const edits[] = {
        "UPDATE audit SET mac = hex(zeroblob(32)) WHERE id = 3",
        "UPDATE audit_head SET mac = hex(zeroblob(32))",
        "DELETE FROM audit_head",
        "DELETE FROM audit WHERE id = 3",
        "INSERT INTO audit VALUES (4, 1, 'ann', 'x', 'y', NULL, NULL, hex(zeroblob(32)))",
    };
    const struct audit_row row = { .action = "denied", .target = "127.0.0.1" };
    struct marked *m = *state;

    for (size_t i = 0; i < COUNT(edits); i++) {
        agentos_error err = { 0 };

        script(m, "DELETE FROM audit; DELETE FROM audit_head; DELETE FROM settings");
        (void)unlink(m->mark);
        audit_free(m->audit);
        start(m, AGENTOS_OK, NULL);
        commit(m, 3);
        script(m, edits[i]);
        assert_int_equal(sql_begin(m->conn, SQL_WRITES, NULL), AGENTOS_OK);
        assert_int_equal(audit_append(m->audit, m->conn, &row, &err), AGENTOS_UNAVAILABLE);
        assert_string_equal(err.message, "Nothing can be recorded in the audit log: the end was "
                                         "changed or sealed with another key");
        assert_int_equal(audit_adopt(m->audit, m->conn,
                                     &(struct audit_adoption){ .actor = "system:0",
                                                               .action = "audit adopted",
                                                               .reason = "the key was lost",
                                                               .now_s = 1795288566 },
                                     &err),
                         AGENTOS_OK);
        assert_int_equal(sql_commit(m->conn, NULL), AGENTOS_OK);
        assert_non_null(strstr(verdict(m), "1 after "));
        commit(m, 2);
        assert_non_null(strstr(verdict(m), "3 after "));
    }
}

static int64_t cut(struct marked *m, int64_t before_s, agentos_status expected)
{
    int64_t removed = -1;

    assert_int_equal(sql_begin(m->conn, SQL_WRITES, NULL), AGENTOS_OK);
    assert_int_equal(audit_cut(m->audit, m->conn, before_s, &removed, NULL), expected);
    assert_int_equal(sql_commit(m->conn, NULL), AGENTOS_OK);
    return removed;
}

/* Appends rows of that time in a commit of their own. */
static void commit_at(struct marked *m, int64_t created_at, size_t rows)
{
    const struct audit_row row = { .created_at = created_at, .action = "a", .target = "b" };

    assert_int_equal(sql_begin(m->conn, SQL_WRITES, NULL), AGENTOS_OK);
    for (size_t i = 0; i < rows; i++)
        assert_int_equal(audit_append(m->audit, m->conn, &row, NULL), AGENTOS_OK);
    assert_int_equal(sql_commit(m->conn, NULL), AGENTOS_OK);
}

static void what_is_left_verifies_after_old_rows_were_removed(void **state)
{
    struct marked *m = *state;

    assert_int_equal(cut(m, 1000, AGENTOS_OK), 0); /* an empty log */
    commit_at(m, 100, AUDIT_CUT_ROWS + 3);
    commit_at(m, 200, 2);
    commit_at(m, 100, 1); /* behind a younger one, so it stays */
    assert_int_equal(cut(m, 100, AGENTOS_OK), 0);
    assert_int_equal(cut(m, 200, AGENTOS_OK), AUDIT_CUT_ROWS);
    assert_string_equal(verdict(m), "6 after 500");
    assert_int_equal(cut(m, 200, AGENTOS_OK), 3);
    assert_int_equal(cut(m, 200, AGENTOS_OK), 0);
    assert_string_equal(verdict(m), "3 after 503");
    assert_int_equal(cut(m, 1000, AGENTOS_OK), 2); /* the last row stays */
    assert_string_equal(verdict(m), "1 after 505");
    commit_at(m, 300, 2);
    assert_string_equal(verdict(m), "3 after 505");
    audit_free(m->audit);
    start(m, AGENTOS_OK, NULL);
    commit_at(m, 300, 1);
    assert_string_equal(verdict(m), "4 after 505");
    script(m, "DELETE FROM audit WHERE id = 506"); /* as if it were old */
    assert_string_equal(verdict(m), "found row 507 instead of row 506");
}

static void a_changed_row_is_not_removed(void **state)
{
    static const char *const edits[] = {
        "UPDATE audit SET created_at = 1 WHERE id = 3",
        "UPDATE audit SET target = 'c' WHERE id = 1",
        "DELETE FROM audit WHERE id = 2",
        "UPDATE settings SET value = '1' || substr(value, 2) WHERE name = 'audit_anchor'",
    };
    struct marked *m = *state;

    for (size_t i = 0; i < COUNT(edits); i++) {
        script(m, "DELETE FROM audit; DELETE FROM audit_head; DELETE FROM settings");
        (void)unlink(m->mark);
        audit_free(m->audit);
        start(m, AGENTOS_OK, NULL);
        commit_at(m, 100, 2);
        commit_at(m, 200, 3);
        if (i == 3)
            assert_int_equal(cut(m, 200, AGENTOS_OK), 2);
        script(m, edits[i]);
        assert_int_equal(cut(m, 300, AGENTOS_CONFLICT), 0);
        assert_null(strstr(verdict(m), " after "));
    }
}

#define MARKED(test) cmocka_unit_test_setup_teardown(test, open_marked, close_marked)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_has_thirty_two_bytes_or_more),
        cmocka_unit_test(what_is_appended_verifies_with_its_key_alone),
        cmocka_unit_test(every_edit_is_told),
        cmocka_unit_test(to_a_forged_end_nothing_is_appended),
        MARKED(rows_missing_at_the_end_are_told),
        MARKED(a_mark_that_is_missing_or_changed_is_told),
        MARKED(the_mark_never_leads),
        MARKED(kill_9_leaves_a_log_that_verifies),
        MARKED(what_is_left_verifies_after_old_rows_were_removed),
        MARKED(a_changed_row_is_not_removed),
        MARKED(what_cannot_be_recorded_is_refused_until_the_log_is_adopted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

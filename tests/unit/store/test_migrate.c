/* The schema grows step by step, whole or not at all, and never backwards. */
#include "base/mem.h"

#include "store.h"

static const struct schema_step steps[] = {
    { .script = "CREATE TABLE a (x $int) $strict;" },
    { .script = "ALTER TABLE a ADD COLUMN y INTEGER; INSERT INTO a VALUES (1, 2);" },
    { .script = "CREATE TABLE b (z INTEGER) STRICT; INSERT INTO b SELECT x + y FROM a;" },
};

/* The schema after its first steps. */
static struct schema first_of(const struct schema_step *all, size_t count)
{
    return (struct schema){
        .program = "agentos", .application_id = 1097289555, .steps = all, .step_count = count
    };
}

static agentos_status bring_to(struct db_conn *conn, size_t count, agentos_error *err)
{
    const struct schema schema = first_of(steps, count);

    return migrate(conn, &schema, err);
}

static struct db_conn *empty(void)
{
    struct db_conn *conn = NULL;

    assert_int_equal(connect_to(NULL, 0, &conn), AGENTOS_OK);
    return conn;
}

static int64_t number(struct db_conn *conn, const char *text)
{
    int64_t result = -1;

    assert_int_equal(sql_number(conn, text, &result, NULL), AGENTOS_OK);
    return result;
}

static void every_older_version_is_brought_to_the_present(void **state)
{
    (void)state;
    for (size_t from = 0; from <= 3; from++) {
        struct db_conn *conn = empty();
        assert_int_equal(bring_to(conn, from, NULL), AGENTOS_OK);
        assert_int_equal(number(conn, "PRAGMA user_version"), from);
        assert_int_equal(bring_to(conn, 3, NULL), AGENTOS_OK);
        assert_int_equal(number(conn, "PRAGMA user_version"), 3);
        assert_int_equal(number(conn, "SELECT z FROM b"), 3);
        assert_int_equal(bring_to(conn, 3, NULL), AGENTOS_OK); /* again: nothing to do */
        assert_int_equal(number(conn, "SELECT count(*) FROM b"), 1);
        sql_disconnect(conn);
    }
}

static void every_released_version_is_brought_to_the_present(void **state)
{
    (void)state;
    for (size_t from = 0; from <= agentos_schema.step_count; from++) {
        struct db_conn *conn = empty();
        const struct schema released = first_of(agentos_schema.steps, from);
        assert_int_equal(migrate(conn, &released, NULL), AGENTOS_OK);
        assert_int_equal(migrate(conn, &agentos_schema, NULL), AGENTOS_OK);
        assert_int_equal(number(conn, "SELECT count(*) FROM runs"), 0);
        sql_disconnect(conn);
    }
}

static void a_newer_version_is_refused_and_left_alone(void **state)
{
    struct db_conn *conn = empty();
    agentos_error err;

    (void)state;
    assert_int_equal(bring_to(conn, 3, NULL), AGENTOS_OK);
    assert_int_equal(bring_to(conn, 2, &err), AGENTOS_UNAVAILABLE);
    assert_string_equal(err.message,
                        "The database was written by a newer version of agentos (schema 3, "
                        "this one knows 2)");
    assert_int_equal(number(conn, "PRAGMA user_version"), 3);
    assert_false(sql_in_transaction(conn));
    sql_disconnect(conn);
}

static void another_programs_database_is_refused(void **state)
{
    static const char *const foreign[] = { "CREATE TABLE t (x)", "PRAGMA user_version = 7",
                                           "PRAGMA user_version = -1",
                                           "PRAGMA application_id = 1; CREATE TABLE t (x)" };

    (void)state;
    for (size_t i = 0; i < COUNT(foreign); i++) {
        struct db_conn *conn = empty();
        agentos_error err;
        assert_int_equal(sql_script(conn, foreign[i], NULL), AGENTOS_OK);
        assert_int_equal(bring_to(conn, 3, &err), AGENTOS_UNAVAILABLE);
        assert_string_equal(err.message, "The database belongs to another program");
        sql_disconnect(conn);
    }
}

static void a_step_that_fails_undoes_all_steps(void **state)
{
    static const struct schema_step broken[] = {
        { .script = "CREATE TABLE a (x INTEGER) STRICT;" },
        { .script = "CREATE TABLE b (x INTEGER) STRICT; SELECT nothing;" },
    };
    const struct schema schema = first_of(broken, COUNT(broken));
    struct db_conn *conn = empty();

    (void)state;
    assert_int_equal(migrate(conn, &schema, NULL), AGENTOS_INTERNAL);
    assert_int_equal(number(conn, "PRAGMA user_version"), 0);
    assert_int_equal(number(conn, "SELECT count(*) FROM sqlite_schema"), 0);
    assert_false(sql_in_transaction(conn));
    sql_disconnect(conn);
}

static void an_empty_user_id_is_refused_by_the_schema(void **state)
{
    struct db_conn *conn = conn_new();
    struct run_row row = row_of("r1", "s1", "");

    (void)state;
    assert_int_equal(save(conn, &row), AGENTOS_INTERNAL);
    sql_disconnect(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_older_version_is_brought_to_the_present),
        cmocka_unit_test(every_released_version_is_brought_to_the_present),
        cmocka_unit_test(a_newer_version_is_refused_and_left_alone),
        cmocka_unit_test(another_programs_database_is_refused),
        cmocka_unit_test(a_step_that_fails_undoes_all_steps),
        cmocka_unit_test(an_empty_user_id_is_refused_by_the_schema),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

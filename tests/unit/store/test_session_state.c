/* The state of a session: stored once as long as it stays the same, and what a run ended with can
 * be read however often it changes afterwards. */
#include "store/session_write.h"

#include "store.h"

static void run_with(struct db_conn *conn, const char *run_id, const char *state)
{
    struct run_row row = row_of(run_id, "s1", "ann");

    row.session_state = state;
    assert_int_equal(save(conn, &row), AGENTOS_OK);
}

static void patch(struct db_conn *conn, const char *state)
{
    const struct owner ann = owner_of("", "ann");
    const struct session_claim claim = { .session_id = "s1" };

    assert_int_equal(session_update(conn, &ann, &claim,
                                    &(struct session_change){ .session_state = state }, NULL),
                     AGENTOS_OK);
}

static int64_t count(struct db_conn *conn, const char *from)
{
    AUTO(sql) *q = NULL;
    AUTO(arena) *a = arena_new();
    bool has_row;
    const char *text =
        arena_printf(a,
                     "SELECT count(*) FROM %s AS t WHERE EXISTS (SELECT 1 FROM sessions AS s"
                     " WHERE $owned(s))",
                     from);

    assert_int_equal(owner_prepare(conn, &everyone, OWNER_READS, str_of(text), &q, NULL),
                     AGENTOS_OK);
    assert_int_equal(sql_next(q, &has_row, NULL), AGENTOS_OK);
    return sql_int(q, 0);
}

static void expect_states(struct db_conn *conn, const char *const *states, size_t number)
{
    AUTO(arena) *a = arena_new();
    const struct run_filter all = { .session_id = "s1" };
    struct run_rows list;

    assert_int_equal(run_row_list(conn, &everyone, &all, a, &list, NULL), AGENTOS_OK);
    assert_int_equal(list.count, number);
    for (size_t i = 0; i < number; i++) {
        struct run_row one;
        const struct run_key key = { "s1", list.all[i].run_id };
        assert_string_equal(list.all[i].session_state, states[i]);
        assert_int_equal(run_row_get(conn, &everyone, &key, a, &one, NULL), AGENTOS_OK);
        assert_string_equal(one.session_state, states[i]);
    }
}

static void a_state_that_stays_the_same_is_stored_once(void **state)
{
    struct db_conn *conn = conn_new();

    (void)state;
    for (int i = 0; i < 20; i++) {
        char id[8];
        (void)snprintf(id, sizeof(id), "r%d", i);
        run_with(conn, id, "{\"a\":1}");
    }
    assert_int_equal(count(conn, "session_states"), 0);
    assert_int_equal(count(conn, "runs"), 20);
    sql_disconnect(conn);
}

static void each_run_reads_the_state_it_ended_with(void **state)
{
    struct db_conn *conn = conn_new();

    (void)state;
    run_with(conn, "r1", "{}");
    run_with(conn, "r2", "{\"a\":1}");
    run_with(conn, "r3", "{\"a\":1}");
    patch(conn, "{\"b\":2}");
    patch(conn, "{\"b\":3}"); /* no run ended with the one before */
    run_with(conn, "r4", "{\"b\":3}");
    run_with(conn, "r5", "{}");
    patch(conn, "{}");
    patch(conn, "{\"c\":1}");
    expect_states(conn, (const char *const[]){ "{}", "{\"a\":1}", "{\"a\":1}", "{\"b\":3}", "{}" },
                  5);
    assert_int_equal(count(conn, "session_states"), 4);
    sql_disconnect(conn);
}

static void earlier_states_go_with_their_session(void **state)
{
    struct db_conn *conn = conn_new();

    (void)state;
    run_with(conn, "r1", "{}");
    run_with(conn, "r2", "{\"a\":1}");
    assert_int_equal(count(conn, "session_states"), 1);
    assert_int_equal(
        session_delete(conn, &everyone, &(struct session_claim){ .session_id = "s1" }, NULL),
        AGENTOS_OK);
    (void)sweep(conn);
    struct run_row other = row_of("r3", "s2", "ann");
    assert_int_equal(save(conn, &other), AGENTOS_OK);
    assert_int_equal(count(conn, "session_states"), 0);
    sql_disconnect(conn);
}

static void a_change_that_is_refused_keeps_nothing(void **state)
{
    struct db_conn *conn = conn_new();
    const struct owner bob = owner_of("", "bob");
    struct run_row foreign = row_of("r2", "s1", "bob");

    (void)state;
    run_with(conn, "r1", "{}");
    foreign.session_state = "{\"stolen\":true}";
    assert_int_equal(save_as(conn, &bob, &foreign), AGENTOS_NOT_FOUND);
    assert_int_equal(session_update(conn, &bob, &(struct session_claim){ .session_id = "s1" },
                                    &(struct session_change){ .session_state = "{}" }, NULL),
                     AGENTOS_NOT_FOUND);
    assert_int_equal(count(conn, "session_states"), 0);
    run_with(conn, "r3", "{\"a\":1}");
    expect_states(conn, (const char *const[]){ "{}", "{\"a\":1}" }, 2);
    sql_disconnect(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_that_stays_the_same_is_stored_once),
        cmocka_unit_test(each_run_reads_the_state_it_ended_with),
        cmocka_unit_test(earlier_states_go_with_their_session),
        cmocka_unit_test(a_change_that_is_refused_keeps_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

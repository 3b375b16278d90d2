/* Listing sessions: order, pages, filters, and the work it takes. */
#include <sqlite3.h>

#include "base/mem.h"

#include "store.h"

/* s0 … s5, in the order of making; created and updated at different times. */
static const struct {
    const char *session_id, *component_id, *name;
    int64_t created_at, updated_at;
    enum component type;
} rows[] = {
    { "s0", "alpha", NULL, 100, 190, COMPONENT_AGENT },
    { "s1", "alpha", "Blue Moon", 110, 110, COMPONENT_AGENT },
    { "s2", "beta", "100% blue", 120, 180, COMPONENT_AGENT },
    { "s3", "crew", NULL, 130, 130, COMPONENT_TEAM },
    { "s4", "flow", "red", 130, 170, COMPONENT_WORKFLOW },
    { "s5", "alpha", NULL, 140, 160, COMPONENT_AGENT },
};
enum { ROWS = COUNT(rows) };

static struct db_conn *filled(void)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < ROWS; i++) {
        struct run_row row = row_of(arena_printf(a, "r%zu", i), rows[i].session_id, "ann");
        row.type = rows[i].type;
        row.component_id = rows[i].component_id;
        row.created_at = rows[i].created_at;
        assert_int_equal(save(conn, &row), AGENTOS_OK);
        row.run_id = arena_printf(a, "q%zu", i);
        row.created_at = rows[i].updated_at;
        assert_int_equal(save(conn, &row), AGENTOS_OK);
        AUTO(sql) *q = NULL;
        assert_int_equal(owner_prepare(conn, &everyone, OWNER_READS,
                                       STR("UPDATE sessions AS s SET session_name = :name"
                                           " WHERE session_id = :id AND $owned(s)"),
                                       &q, NULL),
                         AGENTOS_OK);
        sql_bind_text(q, ":name", rows[i].name);
        sql_bind_text(q, ":id", rows[i].session_id);
        assert_int_equal(sql_finish(q, NULL), AGENTOS_OK);
    }
    return conn;
}

// clang-format off
static const struct {
    struct session_filter filter;
    const char *found; /* in order */
    int64_t total;
} cases[] = {
    { { .limit = 20, .page = 1 },                                             "s5s4s3s2s1s0", 6 },
    { { .limit = 20, .page = 1, .ascending = true },                          "s0s1s2s3s4s5", 6 },
    { { .limit = 20, .page = 1, .sort_by_updated = true },                    "s0s2s4s5s3s1", 6 },
    { { .limit = 20, .page = 1, .sort_by_updated = true, .ascending = true }, "s1s3s5s4s2s0", 6 },
    { { .limit = 2, .page = 1 },                                              "s5s4", 6 },
    { { .limit = 2, .page = 2 },                                              "s3s2", 6 },
    { { .limit = 4, .page = 2 },                                              "s1s0", 6 },
    { { .limit = 6, .page = 2 },                                              "", 6 },
    { { .limit = 2, .page = 99 },                                             "", 6 },
    { { .limit = 2, .page = 0 },                                              "s5s4", 6 },
    { { .limit = INT64_MAX, .page = INT64_MAX },                              "", 6 },
    { { .limit = INT64_MAX, .page = 1 },                                      "s5s4s3s2s1s0", 6 },
    { { .limit = INT64_MIN, .page = INT64_MIN },                              "", 6 },
    { { .limit = 20, .page = 1, .type = COMPONENT_AGENT },                    "s5s2s1s0", 4 },
    { { .limit = 1, .page = 2, .type = COMPONENT_AGENT },                     "s2", 4 },
    { { .limit = 20, .page = 1, .type = COMPONENT_TEAM },                     "s3", 1 },
    { { .limit = 20, .page = 1, .component_id = "alpha" },                    "s5s1s0", 3 },
    { { .limit = 20, .page = 1, .component_id = "alpha", .type = COMPONENT_TEAM }, "", 0 },
    { { .limit = 20, .page = 1, .user_id = "ann" },                           "s5s4s3s2s1s0", 6 },
    { { .limit = 20, .page = 1, .user_id = "bob" },                           "", 0 },
    { { .limit = 20, .page = 1, .session_name = "blue" },                     "s2s1", 2 },
    { { .limit = 20, .page = 1, .session_name = "0%" },                       "s2", 1 },
    { { .limit = 20, .page = 1, .session_name = "hello" },                    "", 0 }, /* not a stored name */
    { { .limit = 20, .page = 1, .session_name = "' OR 1 --" },                "", 0 },
    { { .limit = 20, .page = 1, .session_name = "blue", .component_id = "alpha", .user_id = "ann",
        .type = COMPONENT_AGENT },                                            "s1", 1 },
};
// clang-format on

static void a_list_is_sorted_paged_and_filtered(void **state)
{
    struct db_conn *conn = filled();
    AUTO(arena) *a = arena_new();
    const struct owner owners[] = { everyone,
                                    owner_of("", "ann"),
                                    { .unowned_too = true, .issuer = "", .user_id = "ann" } };

    (void)state;
    for (size_t o = 0; o < 3; o++)
        for (size_t i = 0; i < COUNT(cases); i++) {
            struct session_page page;
            AUTO_BUF found = buf_with_limit(64);
            assert_int_equal(session_list(conn, &owners[o], &cases[i].filter, a, &page, NULL),
                             AGENTOS_OK);
            for (size_t s = 0; s < page.count; s++)
                buf_append(&found, str_of(page.all[s].session_id));
            assert_true(str_equal(buf_view(&found), str_of(cases[i].found)));
            assert_int_equal(page.total, cases[i].total);
        }
    sql_disconnect(conn);
}

static void a_session_is_found_by_its_id_whatever_its_type(void **state)
{
    struct db_conn *conn = filled();
    AUTO(arena) *a = arena_new();
    struct session session;

    (void)state;
    assert_int_equal(session_get(conn, &everyone, "s3", a, &session, NULL), AGENTOS_OK);
    assert_int_equal(session.type, COMPONENT_TEAM);
    assert_int_equal(session_get(conn, &everyone, "S3", a, &session, NULL), AGENTOS_NOT_FOUND);
    sql_disconnect(conn);
}

static void the_names_of_components_are_read_back(void **state)
{
    (void)state;
    for (enum component c = COMPONENT_AGENT; c <= COMPONENT_WORKFLOW; c++)
        assert_int_equal(component_of(component_name(c)), c);
    assert_null(component_name(COMPONENT_NONE));
    assert_int_equal(component_of("Agent"), COMPONENT_NONE);
}

static void counts_of_zero_are_left_out_of_the_metrics(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct run_row row = row_of("r1", "s1", "ann");
    struct session session;

    (void)state;
    row.input_tokens = row.total_tokens = 9;
    row.output_tokens = 0;
    assert_int_equal(save(conn, &row), AGENTOS_OK);
    assert_int_equal(session_get(conn, &everyone, "s1", a, &session, NULL), AGENTOS_OK);
    assert_string_equal(session.metrics,
                        "{\"input_tokens\":9,\"total_tokens\":9,\"details\":{\"model\":["
                        "{\"input_tokens\":9,\"total_tokens\":9,\"id\":\"echo-1\","
                        "\"provider\":\"Echo\"}]}}");
    sql_disconnect(conn);
}

/* A user's page must not cost a walk over everybody's sessions. */
static void a_users_page_is_found_by_index_and_not_sorted(void **state)
{
    struct db_conn *conn = filled();
    AUTO(arena) *a = arena_new();
    const struct owner bob = owner_of("", "bob");
    const struct session_filter filter = { .limit = 3, .page = 1 };
    struct run_row row = row_of("r9", "s9", "bob");
    struct session_page page;
    size_t statements = 0;

    (void)state;
    row.input_tokens = row.output_tokens = row.total_tokens = 0;
    assert_int_equal(save(conn, &row), AGENTOS_OK);
    assert_int_equal(session_list(conn, &bob, &filter, a, &page, NULL), AGENTOS_OK);
    assert_int_equal(page.total, 1);
    for (sqlite3_stmt *s = NULL; (s = sqlite3_next_stmt(handle_of(conn), s)) != NULL;) {
        if (strstr(sqlite3_sql(s), "AS s WHERE (s.user_id = :owner_user") == NULL &&
            strstr(sqlite3_sql(s), "_by_created WHERE (s.user_id = :owner_user") == NULL)
            continue;
        statements++;
        assert_int_equal(sqlite3_stmt_status(s, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0), 0);
        assert_int_equal(sqlite3_stmt_status(s, SQLITE_STMTSTATUS_SORT, 0), 0);
    }
    assert_int_equal(statements, 2);
    sql_disconnect(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_of_zero_are_left_out_of_the_metrics),
        cmocka_unit_test(a_list_is_sorted_paged_and_filtered),
        cmocka_unit_test(a_session_is_found_by_its_id_whatever_its_type),
        cmocka_unit_test(the_names_of_components_are_read_back),
        cmocka_unit_test(a_users_page_is_found_by_index_and_not_sorted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Who reaches whose rows: each kind of owner, each kind of row, each function; and that no query
 * can do without the condition. */
#include <dirent.h>
#include <libgen.h>

#include "base/mem.h"

#include "store.h"

/* Four sessions: of ann, of bob, of ann at another issuer, of nobody. */
enum { ANN, BOB, OTHER_ANN, NOBODY, SESSIONS };
static const struct {
    const char *session_id, *run_id, *issuer, *user_id;
} rows[SESSIONS] = {
    [ANN] = { "s-ann", "r-ann", "", "ann" },
    [BOB] = { "s-bob", "r-bob", "", "bob" },
    [OTHER_ANN] = { "s-other", "r-other", "https://idp.example/", "ann" },
    [NOBODY] = { "s-nobody", "r-nobody", "", NULL },
};

/* What each may read, and in which he may run. */
// clang-format off
static const struct {
    const char *name;
    struct owner owner;
    bool reads[SESSIONS], runs[SESSIONS];
} cases[] = {
    { "zeroed", { 0 },
      { false, false, false, false }, { false, false, false, true } },
    { "ann", { .issuer = "", .user_id = "ann" },
      { true, false, false, false },  { true, false, false, true } },
    { "ann without an issuer", { .user_id = "ann" },
      { true, false, false, false },  { true, false, false, true } },
    { "ann and what nobody owns", { .unowned_too = true, .issuer = "", .user_id = "ann" },
      { true, false, false, true },   { true, false, false, true } },
    { "ann of the other issuer", { .issuer = "https://idp.example/", .user_id = "ann" },
      { false, false, true, false },  { false, false, true, true } },
    { "ann of a third issuer", { .issuer = "https://idp.example", .user_id = "ann" },
      { false, false, false, false }, { false, false, false, true } },
    { "an empty user id", { .unowned_too = true, .issuer = "", .user_id = "" },
      { false, false, false, false }, { false, false, false, true } },
    { "nobody, who asks for what nobody owns", { .unowned_too = true },
      { false, false, false, false }, { false, false, false, true } },
    { "a wildcard", { .issuer = "%", .user_id = "%" },
      { false, false, false, false }, { false, false, false, true } },
    { "an admin", { .everyone = true, .issuer = "", .user_id = "root" },
      { true, true, true, true },     { true, true, true, true } },
};
// clang-format on
enum { CASES = COUNT(cases) };

static struct db_conn *filled(void)
{
    struct db_conn *conn = conn_new();

    for (int i = 0; i < SESSIONS; i++) {
        struct run_row row = row_of(rows[i].run_id, rows[i].session_id, rows[i].user_id);
        row.issuer = rows[i].issuer;
        row.session_state = "{\"secret\":1}";
        assert_int_equal(save(conn, &row), AGENTOS_OK);
    }
    return conn;
}

static agentos_status expected(bool may)
{
    return may ? AGENTOS_OK : AGENTOS_NOT_FOUND;
}

static void a_session_is_read_by_its_owner_alone(void **state)
{
    struct db_conn *conn = filled();
    AUTO(arena) *a = arena_new();

    (void)state;
    for (int c = 0; c < CASES; c++)
        for (int i = 0; i < SESSIONS; i++) {
            struct session session;
            agentos_error err;
            agentos_status status =
                session_get(conn, &cases[c].owner, rows[i].session_id, a, &session, &err);
            assert_int_equal(status, expected(cases[c].reads[i]));
            if (status == AGENTOS_OK)
                assert_string_equal(session.session_id, rows[i].session_id);
            else
                assert_string_equal(err.message, "Session not found");
        }
    sql_disconnect(conn);
}

static void runs_are_read_by_the_sessions_owner_alone(void **state)
{
    struct db_conn *conn = filled();
    AUTO(arena) *a = arena_new();
    (void)state;
    for (int c = 0; c < CASES; c++)
        for (int i = 0; i < SESSIONS; i++) {
            const struct run_filter all = { .session_id = rows[i].session_id };
            const struct run_key key = { rows[i].session_id, rows[i].run_id };
            struct run_row run;
            struct run_rows list = { 0 };
            agentos_status wanted = expected(cases[c].reads[i]);
            assert_int_equal(run_row_list(conn, &cases[c].owner, &all, a, &list, NULL), wanted);
            assert_int_equal(list.count, wanted == AGENTOS_OK ? 1 : 0);
            assert_int_equal(run_row_get(conn, &cases[c].owner, &key, a, &run, NULL), wanted);
            assert_int_equal(run_row_find(conn, &cases[c].owner, rows[i].run_id, a, &run, NULL),
                             wanted);
        }
    sql_disconnect(conn);
}

static void a_list_holds_and_counts_only_what_may_be_read(void **state)
{
    struct db_conn *conn = filled();
    AUTO(arena) *a = arena_new();
    const struct session_filter filter = { .limit = 10, .page = 1 };

    (void)state;
    for (int c = 0; c < CASES; c++) {
        struct session_page list;
        size_t wanted = 0;
        for (int i = 0; i < SESSIONS; i++)
            wanted += cases[c].reads[i];
        assert_int_equal(session_list(conn, &cases[c].owner, &filter, a, &list, NULL), AGENTOS_OK);
        assert_int_equal(list.count, wanted);
        assert_int_equal(list.total, wanted);
    }
    sql_disconnect(conn);
}

static void a_filter_by_user_never_widens_what_is_seen(void **state)
{
    struct db_conn *conn = filled();
    AUTO(arena) *a = arena_new();
    const struct owner ann = owner_of("", "ann");
    struct session_filter filter = { .user_id = "bob", .limit = 10, .page = 1 };
    struct session_page list;

    (void)state;
    assert_int_equal(session_list(conn, &ann, &filter, a, &list, NULL), AGENTOS_OK);
    assert_int_equal(list.total, 0);
    filter.user_id = "ann";
    assert_int_equal(session_list(conn, &ann, &filter, a, &list, NULL), AGENTOS_OK);
    assert_int_equal(list.total, 1);
    assert_int_equal(session_list(conn, &everyone, &filter, a, &list, NULL), AGENTOS_OK);
    assert_int_equal(list.total, 2); /* of both issuers */
    sql_disconnect(conn);
}

static void a_run_starts_only_in_ones_own_session_or_nobodys(void **state)
{
    struct db_conn *conn = filled();
    AUTO(arena) *a = arena_new();

    (void)state;
    for (int c = 0; c < CASES; c++)
        for (int i = 0; i < SESSIONS; i++) {
            const struct run_plan plan = { .session_id = rows[i].session_id,
                                           .type = COMPONENT_AGENT,
                                           .component_id = "alpha",
                                           .num_runs = 3 };
            struct run_context context = { .history_count = 99 };
            agentos_status wanted = expected(cases[c].runs[i]);
            assert_int_equal(run_row_prepare(conn, &cases[c].owner, &plan, a, &context, NULL),
                             wanted);
            assert_int_equal(context.history_count, wanted == AGENTOS_OK ? 1 : 99);
        }
    sql_disconnect(conn);
}

static void a_run_is_saved_only_in_ones_own_session_or_nobodys(void **state)
{
    (void)state;
    for (int c = 0; c < CASES; c++)
        for (int i = 0; i < SESSIONS; i++) {
            struct db_conn *conn = filled(); /* afresh: a run takes a session that nobody owns */
            const char *user_id = cases[c].owner.user_id;
            struct run_row row = row_of("r-new", rows[i].session_id,
                                        user_id != NULL && user_id[0] != '\0' ? user_id : NULL);
            row.issuer = cases[c].owner.issuer;
            assert_int_equal(save_as(conn, &cases[c].owner, &row), expected(cases[c].runs[i]));
            sql_disconnect(conn);
        }
}

static void a_run_cannot_be_saved_in_another_users_name(void **state)
{
    struct db_conn *conn = filled();
    const struct owner ann = owner_of("", "ann");
    struct run_row row = row_of("r-new", "s-new", "bob");

    (void)state;
    assert_int_equal(save_as(conn, &ann, &row), AGENTOS_INTERNAL);
    row = row_of("r-new", "s-new", "ann");
    row.issuer = "https://idp.example/";
    assert_int_equal(save_as(conn, &ann, &row), AGENTOS_INTERNAL);
    row.issuer = "";
    assert_int_equal(save_as(conn, &ann, &row), AGENTOS_OK);
    sql_disconnect(conn);
}

static void a_query_without_the_condition_is_not_compiled(void **state)
{
    static const char *const texts[] = {
        "SELECT messages FROM runs",
        "SELECT count(*) FROM SESSIONS",
        "SELECT name FROM settings WHERE (SELECT max(id) FROM main.runs) > 0",
        "WITH r AS (SELECT * FROM runs) SELECT run_id FROM r",
        "DELETE FROM session_models",
        "SELECT session_state FROM session_states",
        "UPDATE sessions SET user_id = 'ann'",
        "INSERT INTO runs SELECT * FROM runs",
    };
    struct db_conn *conn = filled();
    const struct owner ann = owner_of("", "ann");

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        AUTO(sql) *plain = NULL;
        AUTO(sql) *owned = NULL;
        agentos_error err = { 0 };
        assert_int_equal(sql_prepare(conn, str_of(texts[i]), &plain, &err), AGENTOS_INTERNAL);
        assert_string_equal(err.message, "A query lacks its owner condition");
        assert_int_equal(owner_prepare(conn, &ann, OWNER_READS, str_of(texts[i]), &owned, &err),
                         AGENTOS_INTERNAL);
        assert_string_equal(err.message, "A query lacks its owner condition");
    }
    sql_disconnect(conn);
}

static void a_query_with_the_condition_survives_a_change_of_schema(void **state)
{
    struct db_conn *conn = filled();
    AUTO(sql) *q = NULL;
    bool has_row;

    (void)state;
    assert_int_equal(owner_prepare(conn, &everyone, OWNER_READS,
                                   STR("SELECT count(*) FROM sessions AS s WHERE $owned(s)"), &q,
                                   NULL),
                     AGENTOS_OK);
    assert_int_equal(sql_script(conn, "CREATE TABLE later (x INTEGER) STRICT", NULL), AGENTOS_OK);
    assert_int_equal(sql_next(q, &has_row, NULL), AGENTOS_OK);
    assert_int_equal(sql_int(q, 0), SESSIONS);
    sql_done(TAKE(q));
    sql_disconnect(conn);
}

/* The door past the guard is owner.c's alone. */
static void only_owner_c_prepares_statements_on_owned_tables(void **state)
{
    char here[] = __FILE__, folder[512];
    struct dirent *entry;

    (void)state;
    (void)snprintf(folder, sizeof(folder), "%s/../../../src/store", dirname(here));
    DIR *store = opendir(folder);
    if (store == NULL)
        skip();
    while ((entry = readdir(store)) != NULL) {
        char path[1024];
        AUTO_BUF text = buf_with_limit(1 << 20);
        if (!str_ends(str_of(entry->d_name), STR(".c")) || strcmp(entry->d_name, "owner.c") == 0 ||
            strcmp(entry->d_name, "sql.c") == 0)
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        FILE *file = fopen(path, "r");
        for (int c; (c = getc(file)) != EOF;)
            buf_append_char(&text, (char)c);
        (void)fclose(file);
        assert_false(str_contains(buf_view(&text), STR("sql_prepare_owned")));
        assert_false(str_contains(buf_view(&text), STR("sql_link_of")));
    }
    (void)closedir(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_read_by_its_owner_alone),
        cmocka_unit_test(runs_are_read_by_the_sessions_owner_alone),
        cmocka_unit_test(a_list_holds_and_counts_only_what_may_be_read),
        cmocka_unit_test(a_filter_by_user_never_widens_what_is_seen),
        cmocka_unit_test(a_run_starts_only_in_ones_own_session_or_nobodys),
        cmocka_unit_test(a_run_is_saved_only_in_ones_own_session_or_nobodys),
        cmocka_unit_test(a_run_cannot_be_saved_in_another_users_name),
        cmocka_unit_test(a_query_without_the_condition_is_not_compiled),
        cmocka_unit_test(a_query_with_the_condition_survives_a_change_of_schema),
        cmocka_unit_test(only_owner_c_prepares_statements_on_owned_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Listing sessions takes the same work however many there are, and its totals are kept with the
 * sessions. */
#include "base/mem.h"
#include "store/session_write.h"

#include "store_steps.h"

enum { FEW = 300, MANY = 3000, NAMED_EVERY = 100, COMPONENTS = 5 };

static const char *component_at(size_t i)
{
    static const char *const components[COMPONENTS] = { "alpha", "beta", "gamma", "delta",
                                                        "epsilon" };

    return components[i % COMPONENTS];
}

/* The database has count sessions of three types, five components and a few users. The sessions of
 * ann are more, the more there are. */
static struct db_conn *filled(size_t count)
{
    static const char *const users[] = { "ann", "bob", NULL };
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < count; i++) {
        const struct session session = {
            .session_id = arena_printf(a, "s%zu", i),
            .type = (enum component)(COMPONENT_AGENT + i % 3),
            .component_id = component_at(i / 3),
            .issuer = i % 2 == 0 ? "" : "https://issuer.example",
            .user_id = users[i / 2 % 3],
            .created_at = 1000 + (int64_t)i,
            .updated_at = 9000 - (int64_t)(i % 70),
            .session_name = i % NAMED_EVERY == 0 ? "a name" : NULL,
        };
        assert_int_equal(session_create(conn, &everyone, &session, NULL), AGENTOS_OK);
    }
    return conn;
}

/* The work of the first page, whose total is checked against the rows that there are. */
static int work_of(struct db_conn *conn, const struct owner *owner,
                   const struct session_filter *filter)
{
    AUTO(arena) *a = arena_new();
    struct session_page page;
    struct session_filter all = *filter;

    (void)steps_since(conn);
    assert_int_equal(session_list(conn, owner, filter, a, &page, NULL), AGENTOS_OK);
    int steps = steps_since(conn);
    int64_t total = page.total;
    all.limit = MANY + 1;
    assert_int_equal(session_list(conn, owner, &all, a, &page, NULL), AGENTOS_OK);
    assert_int_equal(page.total, total);
    assert_true(page.count >= 1 || total == 0);
    return steps;
}

// clang-format off
static const struct session_filter filters[] = {
    { 0 },
    { .type = COMPONENT_AGENT },
    { .type = COMPONENT_TEAM },
    { .type = COMPONENT_WORKFLOW },
    { .component_id = "beta" },
    { .component_id = "absent" },
    { .user_id = "bob" },
    { .user_id = "nobody" },
    { .type = COMPONENT_AGENT, .component_id = "gamma" },
};
// clang-format on

/* By all sort keys and directions, for a caller who sees all and for one who sees their own. */
static void the_first_page_takes_the_same_work_however_many_there_are(void **state)
{
    struct db_conn *few = filled(FEW), *many = filled(MANY);

    (void)state;
    for (size_t i = 0; i < COUNT(filters) * 4; i++) {
        struct session_filter filter = filters[i / 4];

        filter.limit = 10;
        filter.page = 1;
        filter.sort_by_updated = (i & 1) != 0;
        filter.ascending = (i & 2) != 0;
        int before = work_of(few, &everyone, &filter), after = work_of(many, &everyone, &filter);
        if (after > before + before / 4 + 50)
            print_error("filter %zu: %d steps, then %d\n", i, before, after);
        assert_true(after <= before + before / 4 + 50);
    }
    sql_disconnect(few);
    sql_disconnect(many);
}

static void a_users_own_first_page_takes_the_same_work(void **state)
{
    struct db_conn *few = filled(FEW), *many = filled(MANY);
    const struct owner ann = owner_of("", "ann"), nobody = { 0 };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const struct session_filter filter = {
            .limit = 10, .page = 1, .sort_by_updated = (i & 1) != 0, .ascending = (i & 2) != 0
        };
        int before = work_of(few, &ann, &filter), after = work_of(many, &ann, &filter);
        assert_true(after <= before + before / 4 + 50);
        (void)work_of(many, &nobody, &filter);
    }
    sql_disconnect(few);
    sql_disconnect(many);
}

/* A search by name looks at the sessions that have one, and at no others. */
static void a_search_by_name_looks_at_names_alone(void **state)
{
    const struct session_filter filter = { .session_name = "absent", .limit = 10, .page = 1 };
    struct db_conn *conn = filled(MANY);

    (void)state;
    assert_true(work_of(conn, &everyone, &filter) < MANY);
    sql_disconnect(conn);
}

/* ---- totals ---- */

static int64_t number_of(struct db_conn *conn, const char *text)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    assert_int_equal(owner_prepare(conn, &everyone, OWNER_READS, str_of(text), &q, NULL),
                     AGENTOS_OK);
    assert_int_equal(sql_next(q, &has_row, NULL), AGENTOS_OK);
    return sql_int(q, 0);
}

/* Both tables of totals have the rows that counting the sessions gives, and no others. */
static void totals_are_right(struct db_conn *conn)
{
    static const char by_component[] =
        "SELECT count(*) FROM (SELECT type, component_id, count(*) AS n FROM sessions AS s"
        " WHERE $owned(s) AND s.deleted_at IS NULL GROUP BY type, component_id) AS c"
        " JOIN session_totals AS t ON t.type = c.type AND t.component_id = c.component_id"
        " AND t.sessions = c.n";
    static const char by_user[] =
        "SELECT count(*) FROM (SELECT user_id, issuer, count(*) AS n FROM sessions AS s"
        " WHERE $owned(s) AND s.deleted_at IS NULL AND user_id IS NOT NULL"
        " GROUP BY user_id, issuer) AS c"
        " JOIN user_totals AS t ON t.user_id = c.user_id AND t.issuer = c.issuer"
        " AND t.sessions = c.n";

    assert_int_equal(number_of(conn, by_component),
                     number_of(conn, "SELECT count(*) FROM session_totals AS s WHERE $owned(s)"));
    assert_int_equal(number_of(conn, by_user),
                     number_of(conn, "SELECT count(*) FROM user_totals AS s WHERE $owned(s)"));
    assert_int_equal(number_of(conn, "SELECT coalesce(sum(s.sessions), 0) FROM session_totals AS s"
                                     " WHERE $owned(s)"),
                     number_of(conn, "SELECT count(*) FROM sessions AS s WHERE $owned(s)"
                                     " AND s.deleted_at IS NULL"));
}

static void delete_session(struct db_conn *conn, const char *session_id)
{
    const struct session_claim claim = { .session_id = session_id };

    assert_int_equal(session_delete(conn, &everyone, &claim, NULL), AGENTOS_OK);
}

/* Sessions are made by POST and by runs, change hands, get their first component, are renamed and
 * deleted; what a failed job did is undone in the totals too. */
static void totals_follow_every_change(void **state)
{
    struct db_conn *conn = filled(FEW);
    struct run_row row = row_of("r1", "by-run", "ann");
    const struct session unowned = {
        .session_id = "open", .type = COMPONENT_AGENT, .created_at = 1, .updated_at = 1
    };
    const struct session_claim claim = { .session_id = "open" };
    const struct session_change change = { .session_name = "n", .updated_at = 2 };

    (void)state;
    totals_are_right(conn);
    assert_int_equal(save(conn, &row), AGENTOS_OK);
    totals_are_right(conn);
    assert_int_equal(session_create(conn, &everyone, &unowned, NULL), AGENTOS_OK);
    totals_are_right(conn);
    row = row_of("r2", "open", "cem"); /* it becomes cem's, and alpha's */
    assert_int_equal(save(conn, &row), AGENTOS_OK);
    totals_are_right(conn);
    assert_int_equal(session_update(conn, &everyone, &claim, &change, NULL), AGENTOS_OK);
    row = row_of("r2", "open-2", "cem"); /* the run exists: all of it is undone */
    assert_int_equal(save(conn, &row), AGENTOS_CONFLICT);
    totals_are_right(conn);
    delete_session(conn, "open");
    delete_session(conn, "s7");
    delete_session(conn, "absent");
    totals_are_right(conn);
    assert_int_equal(number_of(conn, "SELECT count(*) FROM user_totals AS s"
                                     " WHERE $owned(s) AND s.user_id = 'cem'"),
                     0);
    sql_disconnect(conn);
}

static void deleting_all_leaves_no_totals(void **state)
{
    struct db_conn *conn = filled(FEW);
    AUTO(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < FEW; i++)
        delete_session(conn, arena_printf(a, "s%zu", i));
    totals_are_right(conn);
    assert_int_equal(number_of(conn, "SELECT count(*) FROM session_totals AS s WHERE $owned(s)"),
                     0);
    sql_disconnect(conn);
}

/* The totals of all users cannot be read by a user. */
static void totals_of_all_are_out_of_a_users_reach(void **state)
{
    struct db_conn *conn = filled(FEW);
    const struct owner ann = owner_of("", "ann");
    AUTO(sql) *q = NULL;
    agentos_error err;

    (void)state;
    assert_int_equal(owner_prepare(conn, &ann, OWNER_READS,
                                   STR("SELECT s.sessions FROM session_totals AS s"
                                       " WHERE $owned(s)"),
                                   &q, &err),
                     AGENTOS_INTERNAL);
    assert_int_equal(sql_prepare(conn, STR("SELECT sessions FROM session_totals"), &q, &err),
                     AGENTOS_INTERNAL);
    assert_int_equal(sql_prepare(conn, STR("SELECT sessions FROM user_totals"), &q, &err),
                     AGENTOS_INTERNAL);
    sql_disconnect(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_page_takes_the_same_work_however_many_there_are),
        cmocka_unit_test(a_users_own_first_page_takes_the_same_work),
        cmocka_unit_test(a_search_by_name_looks_at_names_alone),
        cmocka_unit_test(totals_follow_every_change),
        cmocka_unit_test(deleting_all_leaves_no_totals),
        cmocka_unit_test(totals_of_all_are_out_of_a_users_reach),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Names that are unique while they are active, pages in every order, and whose accounts are whose.
 */
#include "base/limits.h"
#include "base/mem.h"

#include "accounts.h"

static struct service_account get(struct db_conn *conn, arena *a, const char *id)
{
    struct service_account account = { 0 };

    assert_int_equal(service_account_get(conn, id, a, &account, NULL), AGENTOS_OK);
    return account;
}

static void what_was_put_is_read_back(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct service_account put = account_of(a, "ci-bot", FIRST_TOKEN, "ann"), got;

    (void)state;
    put.issuer = "https://idp.example/";
    account_put(conn, &put);
    got = get(conn, a, put.id);
    assert_string_equal(got.name, "ci-bot");
    assert_string_equal(got.issuer, "https://idp.example/");
    assert_string_equal(got.user_id, "ann");
    assert_string_equal(got.token_hash, put.token_hash);
    assert_string_equal(got.token_prefix, put.token_prefix);
    assert_string_equal(got.scopes, put.scopes);
    assert_int_equal(got.created_at, ACCOUNTS_NOW);
    assert_int_equal(got.expires_at, ACCOUNTS_NOW + 3600);
    assert_int_equal(got.last_used_at, 0);
    assert_int_equal(got.revoked_at, 0);
    sql_disconnect(conn);
}

static void an_unknown_id_is_not_found(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct service_account got;
    agentos_error err;

    (void)state;
    assert_int_equal(service_account_get(conn, "none", a, &got, &err), AGENTOS_NOT_FOUND);
    assert_string_equal(err.message, "Service account 'none' not found");
    sql_disconnect(conn);
}

static void a_name_is_taken_until_its_account_is_revoked(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct service_account first = account_of(a, "ci-bot", FIRST_TOKEN, "ann"),
                           second = account_of(a, "ci-bot", SECOND_TOKEN, "ann");
    agentos_error err;

    (void)state;
    second.id = "2";
    account_put(conn, &first);
    assert_int_equal(service_account_create(conn, &everyone, &second, &err), AGENTOS_CONFLICT);
    assert_string_equal(err.message, "An active service account named 'ci-bot' already exists. "
                                     "Revoke it first to rotate.");
    assert_int_equal(service_account_revoke(conn, &everyone, first.id, ACCOUNTS_NOW, 0, NULL),
                     AGENTOS_OK);
    account_put(conn, &second);
    assert_int_equal(get(conn, a, "2").revoked_at, 0);
    sql_disconnect(conn);
}

static void a_revocation_happens_once_and_a_use_only_grows(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct service_account put = account_of(a, "bot", FIRST_TOKEN, "ann");

    (void)state;
    account_put(conn, &put);
    assert_int_equal(service_account_touch(conn, put.token_hash, 500, NULL), AGENTOS_OK);
    assert_int_equal(service_account_touch(conn, put.token_hash, 400, NULL), AGENTOS_OK);
    assert_int_equal(get(conn, a, put.id).last_used_at, 500);
    assert_int_equal(service_account_revoke(conn, &everyone, put.id, 1000, 700, NULL), AGENTOS_OK);
    assert_int_equal(service_account_revoke(conn, &everyone, put.id, 2000, 800, NULL), AGENTOS_OK);
    assert_int_equal(get(conn, a, put.id).revoked_at, 1000);
    assert_int_equal(get(conn, a, put.id).last_used_at, 700);
    sql_disconnect(conn);
}

static void one_never_used_stays_so_when_it_is_revoked(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct service_account put = account_of(a, "bot", FIRST_TOKEN, "ann");

    (void)state;
    put.expires_at = 0;
    account_put(conn, &put);
    assert_int_equal(service_account_revoke(conn, &everyone, put.id, 1000, 0, NULL), AGENTOS_OK);
    assert_int_equal(get(conn, a, put.id).last_used_at, 0);
    assert_int_equal(get(conn, a, put.id).expires_at, 0);
    sql_disconnect(conn);
}

/* ---- lists ---- */

static struct db_conn *filled(arena *a)
{
    struct db_conn *conn = conn_new();
    struct service_account b = account_of(a, "b", FIRST_TOKEN, "ann"),
                           c = account_of(a, "c", SECOND_TOKEN, "bob"),
                           d = account_of(a, "a", THIRD_TOKEN, NULL);

    b.expires_at = 30;
    c.expires_at = 10;
    d.expires_at = 20;
    account_put(conn, &b);
    account_put(conn, &c);
    account_put(conn, &d);
    assert_int_equal(service_account_touch(conn, b.token_hash, 5, NULL), AGENTOS_OK);
    assert_int_equal(service_account_touch(conn, c.token_hash, 6, NULL), AGENTOS_OK);
    assert_int_equal(service_account_revoke(conn, &everyone, "C", 7, 0, NULL), AGENTOS_OK);
    return conn;
}

/* The names of a page, one character each. */
static const char *names_of(struct db_conn *conn, arena *a, const struct owner *owner,
                            const struct service_account_filter *filter, int64_t wanted_total)
{
    struct service_account_page page;
    char *names = arena_alloc(a, 16);

    assert_int_equal(service_account_list(conn, owner, filter, a, &page, NULL), AGENTOS_OK);
    assert_int_equal(page.total, wanted_total);
    for (size_t i = 0; i < page.count; i++)
        names[i] = page.all[i].name[0];
    return names;
}

static void pages_come_in_every_order(void **state)
{
    // clang-format off
    static const struct {
        struct service_account_filter filter;
        const char *names;
        int64_t total;
    } cases[] = {
        { { .limit = 10, .page = 1 }, "acb", 3 }, /* newest first, whoever came in the same second */
        { { .limit = 10, .page = 1, .ascending = true }, "bca", 3 },
        { { .limit = 10, .page = 1, .active_only = true }, "ab", 2 },
        { { .limit = 10, .page = 1, .order = ACCOUNTS_BY_NAME }, "cba", 3 },
        { { .limit = 10, .page = 1, .order = ACCOUNTS_BY_NAME, .ascending = true }, "abc", 3 },
        { { .limit = 10, .page = 1, .order = ACCOUNTS_BY_USE }, "cba", 3 },
        { { .limit = 10, .page = 1, .order = ACCOUNTS_BY_EXPIRY, .ascending = true }, "cab", 3 },
        { { .limit = 1, .page = 2, .order = ACCOUNTS_BY_NAME, .ascending = true }, "b", 3 },
        { { .limit = 2, .page = 2, .order = ACCOUNTS_BY_NAME, .ascending = true }, "c", 3 },
        { { .limit = 2, .page = 3 }, "", 3 },
        { { .limit = 100, .page = INT64_MAX }, "", 3 },
    };
    // clang-format on
    AUTO(arena) *a = arena_new();
    struct db_conn *conn = filled(a);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(names_of(conn, a, &everyone, &cases[i].filter, cases[i].total),
                            cases[i].names);
    sql_disconnect(conn);
}

static void the_active_ones_are_those_that_are_not_revoked(void **state)
{
    AUTO(arena) *a = arena_new();
    struct db_conn *conn = filled(a);
    struct service_account *all;
    size_t count;
    int64_t total;

    (void)state;
    assert_int_equal(service_account_list_active(conn, 10, a, &all, &count, NULL), AGENTOS_OK);
    assert_int_equal(count, 2);
    assert_string_equal(all[0].name, "b");
    assert_string_equal(all[1].name, "a");
    assert_int_equal(service_account_list_active(conn, 1, a, &all, &count, NULL), AGENTOS_OK);
    assert_int_equal(count, 1);
    assert_int_equal(service_account_count_active(conn, &total, NULL), AGENTOS_OK);
    assert_int_equal(total, 2);
    sql_disconnect(conn);
}

/* ---- whose they are ---- */

static void each_sees_and_revokes_his_own(void **state)
{
    const struct service_account_filter filter = { .limit = 10, .page = 1 };
    const struct owner ann = owner_of("", "ann"), other = owner_of("https://idp.example/", "ann"),
                       nobody = { 0 };
    AUTO(arena) *a = arena_new();
    struct db_conn *conn = filled(a);

    (void)state;
    assert_string_equal(names_of(conn, a, &ann, &filter, 1), "b");
    assert_string_equal(names_of(conn, a, &other, &filter, 0), "");
    assert_string_equal(names_of(conn, a, &nobody, &filter, 0), "");
    assert_int_equal(service_account_revoke(conn, &other, "B", 9, 0, NULL), AGENTOS_OK);
    assert_int_equal(service_account_revoke(conn, &ann, "A", 9, 0, NULL), AGENTOS_OK);
    assert_int_equal(get(conn, a, "A").revoked_at, 0);
    assert_int_equal(get(conn, a, "B").revoked_at, 0);
    assert_int_equal(service_account_revoke(conn, &ann, "B", 9, 0, NULL), AGENTOS_OK);
    assert_int_equal(get(conn, a, "B").revoked_at, 9);
    sql_disconnect(conn);
}

static void nobody_makes_one_in_anothers_name(void **state)
{
    const struct owner ann = owner_of("", "ann");
    AUTO(arena) *a = arena_new();
    struct db_conn *conn = conn_new();
    struct service_account bobs = account_of(a, "bot", FIRST_TOKEN, "bob"),
                           anns = account_of(a, "bot", FIRST_TOKEN, "ann");

    (void)state;
    assert_int_equal(service_account_create(conn, &ann, &bobs, NULL), AGENTOS_INTERNAL);
    assert_int_equal(service_account_create(conn, &ann, &anns, NULL), AGENTOS_OK);
    sql_disconnect(conn);
}

#define INSERT_SESSION(id, user)                                                         \
    "INSERT INTO sessions (session_id, type, component_id, issuer, user_id, created_at," \
    " updated_at) SELECT '" id "', 'agent', 'x', s.issuer, s.user_id, 1, 1 FROM"         \
    " (SELECT '' AS issuer, '" user "' AS user_id) AS s WHERE $owned(s)"

static void change(struct db_conn *conn, const char *text)
{
    AUTO(sql) *q = NULL;

    assert_int_equal(owner_prepare(conn, &everyone, OWNER_READS, str_of(text), &q, NULL),
                     AGENTOS_OK);
    assert_int_equal(sql_finish(q, NULL), AGENTOS_OK);
}

/* Its sessions are the name's. */
static void a_name_that_was_anothers_is_not_taken_over(void **state)
{
    const struct owner ann = owner_of("", "ann");
    AUTO(arena) *a = arena_new();
    struct db_conn *conn = filled(a);
    struct service_account again = account_of(a, "c", "agno_pat_another", "ann");
    agentos_error err;

    (void)state;
    again.id = "again";
    change(conn, INSERT_SESSION("s1", "sa:c"));
    change(conn, INSERT_SESSION("s2", "sa:a"));
    assert_int_equal(sql_savepoint(conn, NULL), AGENTOS_OK);
    assert_int_equal(service_account_create(conn, &ann, &again, &err), AGENTOS_CONFLICT);
    assert_string_equal(err.message, "The service account name 'c' has been another user's; what "
                                     "it owns comes with it, so choose another");
    assert_int_equal(sql_rollback_to(conn, NULL), AGENTOS_OK);
    assert_int_equal(sql_release(conn, NULL), AGENTOS_OK);
    assert_int_equal(service_account_create(conn, &everyone, &again, NULL), AGENTOS_OK);

    /* nobody's neither; his own again is a rotation */
    assert_int_equal(service_account_revoke(conn, &everyone, "A", 9, 0, NULL), AGENTOS_OK);
    again = account_of(a, "a", "agno_pat_a", "ann");
    again.id = "a2";
    assert_int_equal(sql_savepoint(conn, NULL), AGENTOS_OK);
    assert_int_equal(service_account_create(conn, &ann, &again, NULL), AGENTOS_CONFLICT);
    assert_int_equal(sql_rollback_to(conn, NULL), AGENTOS_OK);
    assert_int_equal(sql_release(conn, NULL), AGENTOS_OK);
    assert_int_equal(service_account_revoke(conn, &ann, "B", 9, 0, NULL), AGENTOS_OK);
    again = account_of(a, "b", "agno_pat_b", "ann");
    again.id = "b2";
    assert_int_equal(service_account_create(conn, &ann, &again, NULL), AGENTOS_OK);
    sql_disconnect(conn);
}

static void a_query_without_the_owner_is_not_compiled(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(sql) *q = NULL;

    (void)state;
    assert_int_equal(sql_prepare(conn, STR("SELECT token_hash FROM service_accounts"), &q, NULL),
                     AGENTOS_INTERNAL);
    sql_disconnect(conn);
}

static agentos_status make_again(struct db_conn *conn, arena *a, const char *name)
{
    static int made;
    const struct owner ann = owner_of("", "ann");
    struct service_account again =
        account_of(a, name, arena_printf(a, "agno_pat_again%d", made), "ann");

    again.id = arena_printf(a, "again%d", made++);
    assert_int_equal(sql_savepoint(conn, NULL), AGENTOS_OK);
    agentos_status status = service_account_create(conn, &ann, &again, NULL);
    assert_int_equal(sql_rollback_to(conn, NULL), AGENTOS_OK);
    assert_int_equal(sql_release(conn, NULL), AGENTOS_OK);
    return status;
}

/* CWE-770: names are not used up. */
static void a_name_is_free_once_its_account_is_revoked_and_owns_nothing(void **state)
{
    static const struct {
        const char *before;
        agentos_status expected;
    } cases[] = {
        { "", AGENTOS_OK },
        { INSERT_SESSION("s1", "sa:bot"), AGENTOS_CONFLICT },
        { "UPDATE sessions AS s SET deleted_at = 1 WHERE $owned(s)", AGENTOS_OK },
        { "DELETE FROM sessions AS s WHERE $owned(s)", AGENTOS_OK },
        { "UPDATE service_accounts AS s SET user_id = 'sa:bot' WHERE account_id = 'OTHER'"
          " AND $owned(s)",
          AGENTOS_CONFLICT },
        { "UPDATE service_accounts AS s SET revoked_at = 9 WHERE account_id = 'OTHER'"
          " AND $owned(s)",
          AGENTOS_OK },
        { INSERT_SESSION("s3", "sa:bot"), AGENTOS_CONFLICT },
    };
    AUTO(arena) *a = arena_new();
    struct db_conn *conn = conn_new();
    struct service_account bobs = account_of(a, "bot", FIRST_TOKEN, "bob"),
                           other = account_of(a, "other", SECOND_TOKEN, "bob");

    (void)state;
    account_put(conn, &bobs);
    account_put(conn, &other);
    assert_int_equal(make_again(conn, a, "bot"), AGENTOS_CONFLICT); /* it is active */
    assert_int_equal(service_account_revoke(conn, &everyone, "BOT", 9, 0, NULL), AGENTOS_OK);
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (cases[i].before[0] != '\0')
            change(conn, cases[i].before);
        assert_int_equal(make_again(conn, a, "bot"), cases[i].expected);
    }
    sql_disconnect(conn);
}

static void check_root(struct db_conn *conn, const char *id, int64_t depth, int64_t active)
{
    struct service_account_root root;

    assert_int_equal(service_account_find_root(conn, id, &root, NULL), AGENTOS_OK);
    assert_int_equal(root.depth, depth);
    assert_int_equal(root.active, active);
}

/* CWE-770: what accounts make counts for whoever made the first of them. */
static void makers_are_followed_to_the_first(void **state)
{
    static const struct {
        const char *name, *maker;
    } made[] = {
        { "a", "ann" },  { "b", "sa:a" }, { "c", "sa:b" },    { "d", "bob" },
        { "e", "sa:d" }, { "f", NULL },   { "g", "sa:lost" }, { "h", "sa:" },
    };
    AUTO(arena) *a = arena_new();
    struct db_conn *conn = conn_new();
    const char *maker = "sa:c";

    (void)state;
    for (size_t i = 0; i < COUNT(made); i++) {
        struct service_account account =
            account_of(a, made[i].name, arena_printf(a, "agno_pat_%zu", i), made[i].maker);

        account_put(conn, &account);
    }
    check_root(conn, "A", 0, 3);
    check_root(conn, "C", 2, 3);
    check_root(conn, "E", 1, 2);
    check_root(conn, "F", 0, 1);
    check_root(conn, "G", 0, 1);
    check_root(conn, "H", 0, 1);
    assert_int_equal(service_account_revoke(conn, &everyone, "A", 9, 0, NULL), AGENTOS_OK);
    check_root(conn, "C", 2, 2); /* revoked ones are followed too */
    struct service_account again = account_of(a, "a", "agno_pat_again", "bob");
    again.id = "A2"; /* of the same name, but later: not who made b */
    account_put(conn, &again);
    check_root(conn, "C", 2, 2);
    check_root(conn, "A2", 0, 3);
    for (int i = 0; i < 12; i++) {
        const char *name = arena_printf(a, "l%d", i);
        struct service_account link =
            account_of(a, name, arena_printf(a, "agno_pat_l%d", i), maker);

        account_put(conn, &link);
        maker = arena_printf(a, "sa:%s", name);
    }
    check_root(conn, "L5", SERVICE_ACCOUNT_CHAIN_MAX, 9);
    check_root(conn, "L6", SERVICE_ACCOUNT_CHAIN_MAX + 1, 9);
    check_root(conn, "L7", SERVICE_ACCOUNT_CHAIN_MAX + 1, 1); /* followed no further */
    sql_disconnect(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_read_back),
        cmocka_unit_test(an_unknown_id_is_not_found),
        cmocka_unit_test(a_name_is_taken_until_its_account_is_revoked),
        cmocka_unit_test(a_revocation_happens_once_and_a_use_only_grows),
        cmocka_unit_test(one_never_used_stays_so_when_it_is_revoked),
        cmocka_unit_test(pages_come_in_every_order),
        cmocka_unit_test(the_active_ones_are_those_that_are_not_revoked),
        cmocka_unit_test(each_sees_and_revokes_his_own),
        cmocka_unit_test(nobody_makes_one_in_anothers_name),
        cmocka_unit_test(a_name_that_was_anothers_is_not_taken_over),
        cmocka_unit_test(a_name_is_free_once_its_account_is_revoked_and_owns_nothing),
        cmocka_unit_test(makers_are_followed_to_the_first),
        cmocka_unit_test(a_query_without_the_owner_is_not_compiled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

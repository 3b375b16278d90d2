/* The accounts in memory: found by their token alone, replaced whole, and their uses handed on. */
#include "auth/account/accounts.h"
#include "base/mem.h"

#include <pthread.h>

#include "accounts.h"

static const char *user_of(struct accounts *accounts, arena *a, const char *token)
{
    const struct account *account = accounts_find(accounts, str_of(token), a);

    return account != NULL ? account->principal.user_id : NULL;
}

/* The database, what is in memory of it, and one account, "ci-bot", in both. */
struct world {
    arena *arena;
    struct db_conn *conn;
    struct accounts *accounts;
    struct service_account row;
};

static struct world world_new(const char *scopes)
{
    arena *a = arena_new();
    struct world world = { a, conn_new(), accounts_new(),
                           account_of(a, "ci-bot", FIRST_TOKEN, "ann") };

    if (scopes != NULL)
        world.row.scopes = scopes;
    account_put(world.conn, &world.row);
    accounts_reread(world.accounts, world.conn);
    return world;
}

static void world_clear(struct world *world)
{
    accounts_free(world->accounts);
    sql_disconnect(world->conn);
    arena_free(world->arena);
}

static void an_account_is_found_by_its_token_alone(void **state)
{
    AUTO(arena) *a = arena_new();
    struct db_conn *conn = conn_new();
    struct accounts *accounts = accounts_new();
    struct service_account first = account_of(a, "ci-bot", FIRST_TOKEN, "ann"),
                           second = account_of(a, "other", SECOND_TOKEN, NULL);

    (void)state;
    assert_null(user_of(accounts, a, FIRST_TOKEN));
    account_put(conn, &first);
    account_put(conn, &second);
    assert_null(user_of(accounts, a, FIRST_TOKEN)); /* not before it was taken up */
    accounts_reread(accounts, conn);
    assert_string_equal(user_of(accounts, a, FIRST_TOKEN), "sa:ci-bot");
    assert_string_equal(user_of(accounts, a, SECOND_TOKEN), "sa:other");
    assert_null(user_of(accounts, a, THIRD_TOKEN));
    assert_null(user_of(accounts, a, ""));
    assert_null(user_of(accounts, a, "agno_pat_"));
    assert_null(user_of(accounts, a, first.token_hash)); /* what is stored opens nothing */
    assert_null(user_of(accounts, a, arena_printf(a, "agno_pat_%.43s", first.token_hash)));
    accounts_free(accounts);
    sql_disconnect(conn);
}

static void an_account_is_what_its_row_says(void **state)
{
    struct world w = world_new(NULL);

    (void)state;
    const struct principal *who = &accounts_find(w.accounts, STR(FIRST_TOKEN), w.arena)->principal;
    assert_int_equal(who->kind, PRINCIPAL_SERVICE_ACCOUNT);
    assert_string_equal(who->issuer, "");
    assert_int_equal(who->expires_at, w.row.expires_at);
    assert_int_equal(who->scope_count, 2);
    assert_true(principal_holds_text(who, STR("agents:run")));
    assert_true(principal_holds_text(who, STR("sessions:read")));
    assert_false(who->is_admin);
    assert_false(who->unscoped);
    world_clear(&w);
}

static void a_revoked_account_is_unknown_and_its_holder_keeps_what_he_holds(void **state)
{
    struct world w = world_new(NULL);

    (void)state;
    const struct account *held = accounts_find(w.accounts, STR(FIRST_TOKEN), w.arena);
    assert_int_equal(service_account_revoke(w.conn, &everyone, w.row.id, ACCOUNTS_NOW, 0, NULL),
                     AGENTOS_OK);
    accounts_reread(w.accounts, w.conn);
    assert_null(user_of(w.accounts, w.arena, FIRST_TOKEN));
    assert_string_equal(held->principal.user_id, "sa:ci-bot"); /* a request under way */
    accounts_free(w.accounts);
    w.accounts = NULL;
    assert_string_equal(held->principal.user_id, "sa:ci-bot");
    world_clear(&w);
}

static void scopes_that_are_no_list_of_texts_grant_nothing(void **state)
{
    static const char *const stored[] = { "",         "{}",  "\"agents:run\"", "[\"agents:run\"",
                                          "[7,null]", "null" };

    (void)state;
    for (size_t i = 0; i < COUNT(stored); i++) {
        struct world w = world_new(stored[i]);

        assert_int_equal(
            accounts_find(w.accounts, STR(FIRST_TOKEN), w.arena)->principal.scope_count, 0);
        world_clear(&w);
    }
}

/* ---- uses ---- */

static int64_t stored_use(struct db_conn *conn, arena *a, const char *id)
{
    struct service_account row;

    assert_int_equal(service_account_get(conn, id, a, &row, NULL), AGENTOS_OK);
    return row.last_used_at;
}

static void a_use_is_written_at_most_once_a_minute(void **state)
{
    // clang-format off
    static const struct {
        int64_t used_at;
        bool writes_all;
        int64_t stored;
    } steps[] = {
        { ACCOUNTS_NOW,       false, ACCOUNTS_NOW },       /* the first at once */
        { ACCOUNTS_NOW + 1,   false, ACCOUNTS_NOW },
        { ACCOUNTS_NOW + 59,  false, ACCOUNTS_NOW },
        { ACCOUNTS_NOW + 60,  false, ACCOUNTS_NOW + 60 },
        { ACCOUNTS_NOW + 61,  true,  ACCOUNTS_NOW + 61 },  /* at the end, all */
        { ACCOUNTS_NOW + 100, false, ACCOUNTS_NOW + 61 },
        { ACCOUNTS_NOW + 121, false, ACCOUNTS_NOW + 121 },
    };
    // clang-format on
    struct world w = world_new(NULL);

    (void)state;
    struct account *account = accounts_find(w.accounts, STR(FIRST_TOKEN), w.arena);
    for (size_t i = 0; i < COUNT(steps); i++) {
        atomic_store(&account->used_at, steps[i].used_at);
        assert_int_equal(
            mirror_write_back(accounts_mirror(w.accounts), w.conn, steps[i].writes_all, NULL),
            AGENTOS_OK);
        assert_int_equal(stored_use(w.conn, w.arena, w.row.id), steps[i].stored);
    }
    world_clear(&w);
}

static void a_use_outlives_a_new_table(void **state)
{
    struct world w = world_new(NULL);

    (void)state;
    assert_int_equal(accounts_last_use(w.accounts, w.row.token_hash), 0);
    atomic_store(&accounts_find(w.accounts, STR(FIRST_TOKEN), w.arena)->used_at, ACCOUNTS_NOW);
    accounts_reread(w.accounts, w.conn);
    assert_int_equal(accounts_last_use(w.accounts, w.row.token_hash), ACCOUNTS_NOW);
    assert_int_equal(accounts_last_use(w.accounts, "another"), 0);
    assert_int_equal(service_account_touch(w.conn, w.row.token_hash, ACCOUNTS_NOW + 9, NULL),
                     AGENTOS_OK);
    accounts_reread(w.accounts, w.conn);
    assert_int_equal(accounts_last_use(w.accounts, w.row.token_hash), ACCOUNTS_NOW + 9);
    world_clear(&w);
}

/* ---- side by side ---- */

enum { READERS = 3, CHANGES = 300 };

struct side {
    struct accounts *accounts;
    atomic_bool is_over;
    atomic_size_t found, missed;
};

static void *look_up(void *user)
{
    struct side *side = user;

    while (!atomic_load(&side->is_over)) {
        AUTO(arena) *a = arena_new();
        struct account *account = accounts_find(side->accounts, STR(FIRST_TOKEN), a);

        (void)atomic_fetch_add(account != NULL ? &side->found : &side->missed, 1);
        if (account == NULL)
            continue;
        assert_string_equal(account->principal.user_id, "sa:bot");
        atomic_store_explicit(&account->used_at, ACCOUNTS_NOW, memory_order_relaxed);
    }
    return NULL;
}

/* For the sanitizers: what is found stays while the table goes. */
static void lookups_and_changes_run_side_by_side(void **state)
{
    AUTO(arena) *a = arena_new();
    struct db_conn *conn = conn_new();
    struct side side = { .accounts = accounts_new() };
    struct service_account row = account_of(a, "bot", FIRST_TOKEN, "ann");
    struct snapshot *with = NULL, *without = NULL;
    pthread_t threads[READERS];

    (void)state;
    assert_int_equal(mirror_read(accounts_mirror(side.accounts), conn, &without, NULL), AGENTOS_OK);
    account_put(conn, &row);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, look_up, &side), 0);
    for (size_t i = 0; i < CHANGES || atomic_load(&side.found) == 0; i++) {
        assert_int_equal(mirror_read(accounts_mirror(side.accounts), conn, &with, NULL),
                         AGENTOS_OK);
        mirror_replace(accounts_mirror(side.accounts), with);
        snapshot_release(with);
        mirror_replace(accounts_mirror(side.accounts), without);
    }
    atomic_store(&side.is_over, true);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_null(user_of(side.accounts, a, FIRST_TOKEN));
    snapshot_release(without);
    accounts_free(side.accounts);
    sql_disconnect(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_is_found_by_its_token_alone),
        cmocka_unit_test(an_account_is_what_its_row_says),
        cmocka_unit_test(a_revoked_account_is_unknown_and_its_holder_keeps_what_he_holds),
        cmocka_unit_test(scopes_that_are_no_list_of_texts_grant_nothing),
        cmocka_unit_test(a_use_is_written_at_most_once_a_minute),
        cmocka_unit_test(a_use_outlives_a_new_table),
        cmocka_unit_test(lookups_and_changes_run_side_by_side),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

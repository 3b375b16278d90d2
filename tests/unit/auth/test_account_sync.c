/* Service accounts and a mirror sync, with two processes on one database played by two of its
 * connections: what one changes takes effect in the other, and uses are written. Rounds are started
 * by the test, not waited for. */
#include "store/mirror_sync.h"

#include <sqlite3.h>

#include "accounts.h"
#include "auth/account/accounts.h"
#include "store/sql.h"

struct company {
    struct place place;
    struct loop *loop;
    struct db *db;
    struct busy busy;
    struct accounts *accounts;
    struct mirror_sync *sync;
    struct db_conn *elsewhere;
    arena *arena;
};

static size_t troubles;
static struct loop *troubled; /* of the test that is under way */

static void count_failure(const agentos_error *why)
{
    (void)why;
    troubles++;
}

static void open_sync_with(struct company *c, uint64_t every_ms,
                           void (*on_failure)(const agentos_error *why))
{
    c->accounts = accounts_new();
    struct mirror *mirrors[] = { accounts_mirror(c->accounts) };
    assert_int_equal(mirror_sync_new(&(struct mirror_sync_options){ .loop = c->loop,
                                                                    .db = c->db,
                                                                    .busy = &c->busy,
                                                                    .mirrors = mirrors,
                                                                    .mirror_count = COUNT(mirrors),
                                                                    .every_ms = every_ms,
                                                                    .on_failure = on_failure },
                                     &c->sync, NULL),
                     AGENTOS_OK);
}

static void open_sync(struct company *c)
{
    open_sync_with(c, 0, count_failure);
}

static void stop(void *loop)
{
    loop_stop(loop);
}

/* The last round, to its end. */
static void finish_round(struct company *c)
{
    mirror_sync_finish(c->sync);
    busy_wait(&c->busy, stop, c->loop);
    loop_run(c->loop);
}

static int open_company(void **state)
{
    struct company *c = calloc(1, sizeof(*c));

    assert_non_null(c);
    troubles = 0;
    c->arena = arena_new();
    c->place = place_new();
    assert_int_equal(loop_new(&c->loop, NULL), AGENTOS_OK);
    assert_int_equal(db_open(&(struct db_options){ .url = c->place.url, .busy_ms = 50 },
                             &agentos_schema, &c->db, NULL),
                     AGENTOS_OK);
    assert_int_equal(connect_to(c->place.path, 1000, &c->elsewhere), AGENTOS_OK);
    *state = c;
    return 0;
}

/* As another process does it, in a transaction of its own. */
static void put_elsewhere(const struct company *c, const struct service_account *row)
{
    assert_int_equal(sql_begin(c->elsewhere, SQL_WRITES, NULL), AGENTOS_OK);
    account_put(c->elsewhere, row);
    assert_int_equal(sql_commit(c->elsewhere, NULL), AGENTOS_OK);
}

static void revoke_elsewhere(const struct company *c, const char *id)
{
    assert_int_equal(sql_begin(c->elsewhere, SQL_WRITES, NULL), AGENTOS_OK);
    assert_int_equal(service_account_revoke(c->elsewhere, &everyone, id, 1, 0, NULL), AGENTOS_OK);
    assert_int_equal(sql_commit(c->elsewhere, NULL), AGENTOS_OK);
}

static int close_company(void **state)
{
    struct company *c = *state;

    sql_disconnect(c->elsewhere);
    db_close(c->db);
    mirror_sync_free(c->sync);
    arena_free(c->arena);
    accounts_free(c->accounts);
    loop_free(c->loop);
    place_remove(&c->place);
    free(c);
    return 0;
}

static bool is_known(struct company *c, const char *token)
{
    return accounts_find(c->accounts, str_of(token), c->arena) != NULL;
}

static void accounts_are_read_at_the_start(void **state)
{
    struct company *c = *state;
    struct service_account row = account_of(c->arena, "bot", FIRST_TOKEN, "ann");

    put_elsewhere(c, &row);
    open_sync(c);
    assert_true(is_known(c, FIRST_TOKEN));
    assert_false(is_known(c, SECOND_TOKEN));
}

static void what_another_process_makes_and_revokes_is_heard_of(void **state)
{
    struct company *c = *state;
    struct service_account first = account_of(c->arena, "first", FIRST_TOKEN, "ann"),
                           second = account_of(c->arena, "second", SECOND_TOKEN, "ann");

    put_elsewhere(c, &first);
    open_sync(c);
    put_elsewhere(c, &second);
    revoke_elsewhere(c, first.id);
    assert_true(is_known(c, FIRST_TOKEN)); /* until the next round */
    finish_round(c);
    assert_false(is_known(c, FIRST_TOKEN));
    assert_true(is_known(c, SECOND_TOKEN));
}

static void uses_are_written(void **state)
{
    struct company *c = *state;
    struct service_account row = account_of(c->arena, "bot", FIRST_TOKEN, "ann");

    put_elsewhere(c, &row);
    open_sync(c);
    atomic_store(&accounts_find(c->accounts, STR(FIRST_TOKEN), c->arena)->used_at, ACCOUNTS_NOW);
    finish_round(c);
    assert_int_equal(service_account_get(c->elsewhere, row.id, c->arena, &row, NULL), AGENTOS_OK);
    assert_int_equal(row.last_used_at, ACCOUNTS_NOW);
}

/* Only another writer of the database can leave such a time. */
static void a_last_use_before_1970_counts_as_none(void **state)
{
    struct company *c = *state;
    struct service_account row = account_of(c->arena, "bot", FIRST_TOKEN, "ann");
    sqlite3 *other;

    put_elsewhere(c, &row);
    assert_int_equal(sqlite3_open(c->place.path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(other, 5000), SQLITE_OK); /* the store may be writing */
    assert_int_equal(
        sqlite3_exec(other, "UPDATE service_accounts SET last_used_at = -9223372036854775807 - 1",
                     NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_changes(other), 1);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    open_sync(c);
    struct account *account = accounts_find(c->accounts, STR(FIRST_TOKEN), c->arena);
    assert_int_equal(account->written_at, 0);
    assert_int_equal(account->used_at, 0);
    atomic_store(&account->used_at, ACCOUNTS_NOW);
    finish_round(c);
    assert_int_equal(service_account_get(c->elsewhere, row.id, c->arena, &row, NULL), AGENTOS_OK);
    assert_int_equal(row.last_used_at, ACCOUNTS_NOW);
}

static void trouble_is_told_and_forgets_nobody(void **state)
{
    struct company *c = *state;
    struct service_account row = account_of(c->arena, "bot", FIRST_TOKEN, "ann");

    put_elsewhere(c, &row);
    open_sync(c);
    assert_int_equal(sql_script(c->elsewhere, "BEGIN IMMEDIATE", NULL), AGENTOS_OK);
    finish_round(c);
    assert_int_equal(sql_script(c->elsewhere, "COMMIT", NULL), AGENTOS_OK);
    assert_int_equal(troubles, 1);
    assert_true(is_known(c, FIRST_TOKEN));
}

/* CWE-613. A full disk, say: with the flag up, no transaction of the writer's can be committed. */
static bool loses_commits;

static int on_commit(void *user)
{
    (void)user;
    return loses_commits;
}

static agentos_status watch_commits(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    (void)job, (void)err;
    (void)sqlite3_commit_hook(handle_of(conn), on_commit, NULL); /* the one before: none */
    return AGENTOS_OK;
}

static void stop_at_failure(const agentos_error *why)
{
    count_failure(why);
    loop_stop(troubled);
}

static void a_revocation_outlives_a_round_that_is_lost(void **state)
{
    struct company *c = *state;
    struct service_account row = account_of(c->arena, "bot", FIRST_TOKEN, "ann");
    struct db_job hook = { .run = watch_commits };

    put_elsewhere(c, &row);
    troubled = c->loop;
    open_sync_with(c, 1, stop_at_failure);
    assert_int_equal(db_write_now(c->db, &hook), AGENTOS_OK);
    revoke_elsewhere(c, row.id);
    loses_commits = true;
    loop_run(c->loop);
    loses_commits = false;
    assert_int_equal(troubles, 1);
    finish_round(c);
    assert_false(is_known(c, FIRST_TOKEN));
}

#define IN_COMPANY(test) cmocka_unit_test_setup_teardown(test, open_company, close_company)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_COMPANY(accounts_are_read_at_the_start),
        IN_COMPANY(what_another_process_makes_and_revokes_is_heard_of),
        IN_COMPANY(uses_are_written),
        IN_COMPANY(a_last_use_before_1970_counts_as_none),
        IN_COMPANY(trouble_is_told_and_forgets_nobody),
        IN_COMPANY(a_revocation_outlives_a_round_that_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A mirror: empty until it is read, replaced whole at a commit, and held by readers while it is. */
#include "store/mirror.h"

#include <pthread.h>
#include <stdatomic.h>

#include "store.h"

/* A kind whose rows are one number: what the setting "k" says, and what only memory adds to it. */
struct number {
    int64_t stored, added;
};

static agentos_status read_number(struct db_conn *conn, arena *a, void **rows, agentos_error *err)
{
    struct number *number = arena_alloc(a, sizeof(*number));
    const char *text = setting_read(conn, "k", a);

    if (text == NULL)
        return fail(err, AGENTOS_UNAVAILABLE, "there is no k");
    number->stored = strtoll(text, NULL, 10);
    *rows = number;
    return AGENTOS_OK;
}

static void copy_added(const void *before, void *after)
{
    if (before != NULL)
        ((struct number *)after)->added = ((const struct number *)before)->added;
}

static agentos_status write_added(struct db_conn *conn, void *rows, bool all, agentos_error *err)
{
    const struct number *number = rows;
    char text[32];

    if (!all && number->added < 10)
        return AGENTOS_OK;
    (void)snprintf(text, sizeof(text), "%lld", (long long)(number->stored + number->added));
    (void)err; /* writing fails the test */
    setting_write(conn, "k", text);
    return AGENTOS_OK;
}

static const struct mirror_kind number_kind = { read_number, copy_added, write_added };

/* As a write job that has changed the table. */
static void reread(struct mirror *mirror, struct db_conn *conn)
{
    struct snapshot *snapshot = NULL;

    assert_int_equal(mirror_read(mirror, conn, &snapshot, NULL), AGENTOS_OK);
    mirror_replace(mirror, snapshot);
    snapshot_release(snapshot);
}

static int64_t stored_in(struct mirror *mirror)
{
    struct snapshot *present = mirror_hold(mirror);
    int64_t stored = present->rows != NULL ? ((struct number *)present->rows)->stored : -1;

    snapshot_release(present);
    return stored;
}

static void a_mirror_has_no_rows_until_it_is_read(void **state)
{
    struct db_conn *conn = conn_new();
    struct mirror *mirror = mirror_new(&number_kind);

    (void)state;
    assert_int_equal(stored_in(mirror), -1);
    assert_int_equal(mirror_write_back(mirror, conn, true, NULL),
                     AGENTOS_OK); /* nothing to write */
    setting_write(conn, "k", "7");
    assert_int_equal(stored_in(mirror), -1);
    reread(mirror, conn);
    assert_int_equal(stored_in(mirror), 7);
    mirror_free(mirror);
    mirror_free(NULL);
    sql_disconnect(conn);
}

static void a_snapshot_stays_as_it_was_while_it_is_held(void **state)
{
    struct db_conn *conn = conn_new();
    struct mirror *mirror = mirror_new(&number_kind);

    (void)state;
    setting_write(conn, "k", "1");
    reread(mirror, conn);
    struct snapshot *held = mirror_hold(mirror);
    setting_write(conn, "k", "2");
    reread(mirror, conn);
    assert_int_equal(stored_in(mirror), 2);
    assert_int_equal(((struct number *)held->rows)->stored, 1);
    mirror_free(mirror);
    assert_int_equal(((struct number *)held->rows)->stored, 1);
    snapshot_release(held);
    snapshot_release(NULL);
    sql_disconnect(conn);
}

static void a_table_that_cannot_be_read_changes_nothing(void **state)
{
    struct db_conn *conn = conn_new();
    struct mirror *mirror = mirror_new(&number_kind);
    struct snapshot *snapshot = NULL;
    agentos_error err;

    (void)state;
    assert_int_equal(mirror_read(mirror, conn, &snapshot, &err), AGENTOS_UNAVAILABLE);
    assert_string_equal(err.message, "there is no k");
    assert_null(snapshot);
    assert_int_equal(stored_in(mirror), -1);
    mirror_free(mirror);
    sql_disconnect(conn);
}

static void what_only_memory_knows_is_carried_over_and_written_back(void **state)
{
    AUTO(arena) *a = arena_new();
    struct db_conn *conn = conn_new();
    struct mirror *mirror = mirror_new(&number_kind);

    (void)state;
    setting_write(conn, "k", "5");
    reread(mirror, conn);
    struct snapshot *held = mirror_hold(mirror);
    ((struct number *)held->rows)->added = 3;
    snapshot_release(held);
    reread(mirror, conn);
    assert_int_equal(mirror_write_back(mirror, conn, false, NULL), AGENTOS_OK); /* it can wait */
    assert_string_equal(setting_read(conn, "k", a), "5");
    assert_int_equal(mirror_write_back(mirror, conn, true, NULL), AGENTOS_OK);
    assert_string_equal(setting_read(conn, "k", a), "8");
    mirror_free(mirror);
    sql_disconnect(conn);
}

/* ---- side by side ---- */

enum { READERS = 2, CHANGES = 2000 };

struct side {
    struct mirror *mirror;
    atomic_bool is_over;
};

static void *read_until_over(void *user)
{
    struct side *side = user;

    while (!atomic_load(&side->is_over)) {
        struct snapshot *present = mirror_hold(side->mirror);

        assert_int_equal(((struct number *)present->rows)->stored, 1);
        snapshot_release(present);
    }
    return NULL;
}

/* For the sanitizers. */
static void readers_and_changes_run_side_by_side(void **state)
{
    struct db_conn *conn = conn_new();
    struct side side = { .mirror = mirror_new(&number_kind) };
    pthread_t threads[READERS];

    (void)state;
    setting_write(conn, "k", "1");
    reread(side.mirror, conn);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_until_over, &side), 0);
    for (size_t i = 0; i < CHANGES; i++)
        reread(side.mirror, conn);
    atomic_store(&side.is_over, true);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    mirror_free(side.mirror);
    sql_disconnect(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mirror_has_no_rows_until_it_is_read),
        cmocka_unit_test(a_snapshot_stays_as_it_was_while_it_is_held),
        cmocka_unit_test(a_table_that_cannot_be_read_changes_nothing),
        cmocka_unit_test(what_only_memory_knows_is_carried_over_and_written_back),
        cmocka_unit_test(readers_and_changes_run_side_by_side),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

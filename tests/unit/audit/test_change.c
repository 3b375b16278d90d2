/* A change: its row in the audit and the table in memory come with its commit, or not at all. */
#include "audit/change.h"

#include "store.h"

/* A kind whose rows are the text of one setting. */
static agentos_status read_text(struct db_conn *conn, arena *a, void **rows, agentos_error *err)
{
    const char *text = setting_read(conn, "k", a);

    (void)err; /* failing to read fails the test */
    *rows = arena_copy(a, str_of(text != NULL ? text : ""));
    return AGENTOS_OK;
}

static const struct mirror_kind text_kind = { .read = read_text };

static const struct change_record record = { .action = "k.set", .target = "k", .after = "{}" };

struct stage {
    arena *arena;
    struct db_conn *conn;
    struct audit *audit;
    struct mirror *mirror;
    struct change change;
};

static int open_stage(void **state)
{
    struct stage *s = mem_zeroed(sizeof(*s));

    s->arena = arena_new();
    s->conn = conn_new();
    assert_int_equal(audit_new(STR("a key of at least thirty-two bytes"), &s->audit, NULL),
                     AGENTOS_OK);
    s->mirror = mirror_new(&text_kind);
    s->change = (struct change){ .audit = s->audit,
                                 .mirror = s->mirror,
                                 .actor = "ann",
                                 .actor_issuer = "",
                                 .now_s = 1795288566,
                                 .arena = s->arena };
    *state = s;
    return 0;
}

static int close_stage(void **state)
{
    struct stage *s = *state;

    arena_free(s->arena);
    mirror_free(s->mirror);
    audit_free(s->audit);
    sql_disconnect(s->conn);
    free(s);
    return 0;
}

/* Is this what decisions read? NULL: nothing was read yet. */
static void assert_in_effect(const struct stage *s, const char *expected)
{
    struct snapshot *present = mirror_hold(s->mirror);

    if (expected == NULL)
        assert_null(present->rows);
    else
        assert_string_equal(present->rows, expected);
    snapshot_release(present);
}

static int64_t audit_count(const struct stage *s)
{
    struct audit_extent extent = { -1, -1 };

    assert_int_equal(audit_verify(s->audit, s->conn, &extent, NULL), AGENTOS_OK);
    return extent.checked;
}

static void a_sealed_change_takes_effect_at_its_commit(void **state)
{
    struct stage *s = *state;

    setting_write(s->conn, "k", "new");
    assert_int_equal(change_seal(&s->change, s->conn, &record, NULL), AGENTOS_OK);
    assert_int_equal(audit_count(s), 1);
    assert_in_effect(s, NULL);
    change_take_effect(&s->change);
    assert_in_effect(s, "new");
}

static void what_was_not_sealed_has_no_effect(void **state)
{
    struct stage *s = *state;

    setting_write(s->conn, "k", "new");
    change_take_effect(&s->change);
    assert_in_effect(s, NULL);
    assert_int_equal(audit_count(s), 0);
}

/* A job that is rolled back is never told of a commit. */
static void a_change_that_is_rolled_back_leaves_nothing(void **state)
{
    struct stage *s = *state;

    assert_int_equal(sql_savepoint(s->conn, NULL), AGENTOS_OK);
    setting_write(s->conn, "k", "new");
    assert_int_equal(change_seal(&s->change, s->conn, &record, NULL), AGENTOS_OK);
    assert_int_equal(sql_rollback_to(s->conn, NULL), AGENTOS_OK);
    assert_in_effect(s, NULL);
    assert_int_equal(audit_count(s), 0);
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(a_sealed_change_takes_effect_at_its_commit),
        ON_STAGE(what_was_not_sealed_has_no_effect),
        ON_STAGE(a_change_that_is_rolled_back_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

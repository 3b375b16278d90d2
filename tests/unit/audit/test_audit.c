/* The chain: what is appended verifies, with that key alone; what was done to it is told. The edits
 * of a real file are in the end-to-end tests. */
#include "audit/audit.h"
#include "base/mem.h"

#include "store.h"

static struct audit *audit_with(const char *key)
{
    struct audit *audit = NULL;

    assert_int_equal(audit_new(str_of(key), &audit, NULL), AGENTOS_OK);
    return audit;
}

static struct audit *ours(void)
{
    return audit_with("a key of at least thirty-two bytes");
}

static void append(const struct audit *audit, struct db_conn *conn, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(audit_append(audit, conn,
                                      &(struct audit_row){ .created_at = 1795288566,
                                                           .actor = i % 2 == 0 ? "ann" : NULL,
                                                           .action = "denied",
                                                           .target = "127.0.0.1",
                                                           .after = "{\"count\":1}" },
                                      NULL),
                         AGENTOS_OK);
}

static void a_key_has_thirty_two_bytes_or_more(void **state)
{
    struct audit *audit = NULL;
    agentos_error err;

    (void)state;
    assert_int_equal(audit_new(STR("short"), &audit, &err), AGENTOS_INVALID);
    assert_non_null(strstr(err.message, "32 bytes"));
    audit_free(ours());
    audit_free(NULL);
}

/* docs/design/security.md 25. */
static void what_is_appended_verifies_with_its_key_alone(void **state)
{
    struct audit *right = ours(), *wrong = audit_with("another key of thirty-two bytes ...");
    struct db_conn *conn = conn_new();
    int64_t count = -1;
    agentos_error err;

    (void)state;
    assert_int_equal(audit_verify(right, conn, &count, NULL), AGENTOS_OK);
    assert_int_equal(count, 0);
    append(right, conn, 3);
    assert_int_equal(audit_verify(right, conn, &count, NULL), AGENTOS_OK);
    assert_int_equal(count, 3);
    assert_int_equal(audit_verify(wrong, conn, &count, &err), AGENTOS_CONFLICT);
    assert_non_null(strstr(err.message, "row 1"));
    append(right, conn, 2);
    assert_int_equal(audit_verify(right, conn, &count, NULL), AGENTOS_OK);
    assert_int_equal(count, 5);
    sql_disconnect(conn);
    audit_free(right);
    audit_free(wrong);
}

static void every_edit_is_told(void **state)
{
    static const struct {
        const char *edit, *told;
    } cases[] = {
        { "UPDATE audit SET created_at = 1 WHERE id = 2", "row 2 was changed" },
        { "UPDATE audit SET actor = NULL WHERE id = 3", "row 3 was changed" },
        { "UPDATE audit SET actor = '' WHERE id = 2", "row 2 was changed" },
        { "UPDATE audit SET before = after, after = before WHERE id = 1", "row 1 was changed" },
        { "DELETE FROM audit WHERE id = 2", "found row 3 instead of row 2" },
        { "DELETE FROM audit WHERE id = 3", "2 rows of 3" },
        { "DELETE FROM audit", "0 rows of 3" },
        { "DELETE FROM audit_head", "3 rows of 0" },
        { "UPDATE audit SET id = -1 WHERE id = 1", "found row -1 instead of row 1" },
        { "UPDATE audit SET after = hex(zeroblob(5000000)) WHERE id = 2",
          "row 2 exceeds the maximum length" },
    };
    struct audit *audit = ours();
    int64_t count;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct db_conn *conn = conn_new();
        agentos_error err = { 0 };

        append(audit, conn, 3);
        assert_int_equal(sql_script(conn, cases[i].edit, NULL), AGENTOS_OK);
        assert_int_equal(audit_verify(audit, conn, &count, &err), AGENTOS_CONFLICT);
        if (strstr(err.message, cases[i].told) == NULL)
            print_error("%s: %s\n", cases[i].edit, err.message);
        assert_non_null(strstr(err.message, cases[i].told));
        sql_disconnect(conn);
    }
    audit_free(audit);
}

/* What is found in the database neither ends the server nor lets the chain go on from nowhere. */
static void to_a_forged_end_nothing_is_appended(void **state)
{
    static const char *const edits[] = {
        "UPDATE audit_head SET last = -1",
        "UPDATE audit_head SET last = 9223372036854775807",
    };
    const struct audit_row row = { .action = "denied", .target = "127.0.0.1" };
    struct audit *audit = ours();

    (void)state;
    for (size_t i = 0; i < COUNT(edits); i++) {
        struct db_conn *conn = conn_new();

        append(audit, conn, 3);
        assert_int_equal(sql_script(conn, edits[i], NULL), AGENTOS_OK);
        assert_int_equal(audit_append(audit, conn, &row, NULL), AGENTOS_CONFLICT);
        sql_disconnect(conn);
    }
    audit_free(audit);
}

static void behind_a_row_without_a_mac_the_chain_goes_on_and_is_told(void **state)
{
    struct audit *audit = ours();
    struct db_conn *conn = conn_new();
    int64_t count;
    agentos_error err;

    (void)state;
    append(audit, conn, 3);
    assert_int_equal(
        sql_script(conn, "UPDATE audit SET mac = hex(zeroblob(5000000)) WHERE id = 3", NULL),
        AGENTOS_OK);
    append(audit, conn, 1);
    assert_int_equal(audit_verify(audit, conn, &count, &err), AGENTOS_CONFLICT);
    assert_non_null(strstr(err.message, "row 3 was changed"));
    sql_disconnect(conn);
    audit_free(audit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_has_thirty_two_bytes_or_more),
        cmocka_unit_test(what_is_appended_verifies_with_its_key_alone),
        cmocka_unit_test(every_edit_is_told),
        cmocka_unit_test(to_a_forged_end_nothing_is_appended),
        cmocka_unit_test(behind_a_row_without_a_mac_the_chain_goes_on_and_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

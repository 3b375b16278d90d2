/* A flood of refusals becomes few rows, whatever it varies. The database's writer is played here.
 */
#include "audit/denials.h"
#include "base/mem.h"

#include "store.h"

static struct db_job *written[4];
static size_t write_count;

void db_write(struct db *db, struct db_job *job)
{
    (void)db;
    assert_true(write_count < COUNT(written));
    written[write_count++] = job;
}

struct company {
    struct loop *loop;
    struct audit *audit;
    struct busy busy;
    struct denials *denials;
    struct db_conn *conn;
};

static size_t lost;

static void on_lost(size_t rows, const agentos_error *why)
{
    (void)why;
    lost += rows;
}

static int open_company(void **state)
{
    struct company *c = calloc(1, sizeof(*c));

    assert_non_null(c);
    write_count = lost = 0;
    assert_int_equal(loop_new(&c->loop, NULL), AGENTOS_OK);
    assert_int_equal(audit_new(STR("a key of at least thirty-two bytes"), &c->audit, NULL),
                     AGENTOS_OK);
    c->conn = conn_new();
    c->denials = denials_new(&(struct denials_options){
        .loop = c->loop, .busy = &c->busy, .audit = c->audit, .on_lost = on_lost });
    *state = c;
    return 0;
}

static int close_company(void **state)
{
    struct company *c = *state;

    denials_free(c->denials);
    assert_int_equal(c->busy.count, 0);
    audit_free(c->audit);
    sql_disconnect(c->conn);
    loop_free(c->loop);
    free(c);
    return 0;
}

static void note(struct company *c, const char *peer, const char *reason)
{
    denials_record(
        c->denials,
        &(struct denial){ .status = AGENTOS_UNAUTHENTICATED, .reason = reason, .peer = peer },
        1795288566);
}

/* The rows of the table after what was flushed is stored. */
static int64_t rows_after_flush(struct company *c)
{
    int64_t count = -1;

    denials_flush(c->denials);
    for (size_t i = 0; i < write_count; i++) {
        written[i]->status = written[i]->run(c->conn, written[i], &written[i]->err);
        written[i]->done(written[i]);
    }
    write_count = 0;
    assert_int_equal(audit_verify(c->audit, c->conn, &count, NULL), AGENTOS_OK);
    return count;
}

/* docs/design/security.md 25. */
static void a_flood_of_one_caller_is_one_row_with_its_count(void **state)
{
    struct company *c = *state;
    AUTO(arena) *a = arena_new();
    struct audit_row row;
    bool found;

    for (int i = 0; i < 100000; i++)
        note(c, "192.0.2.1", "Token has expired");
    note(c, "192.0.2.1", "another \"reason\"");
    assert_int_equal(rows_after_flush(c), 2);
    assert_int_equal(audit_table_next(c->conn, 0, a, &row, &found, NULL), AGENTOS_OK);
    assert_string_equal(row.after,
                        "{\"status\":401,\"reason\":\"Token has expired\",\"count\":100000}");
    assert_string_equal(row.target, "192.0.2.1");
    assert_null(row.actor);
}

static void a_flood_of_many_callers_has_a_limit(void **state)
{
    struct company *c = *state;
    char peer[32];

    for (unsigned i = 0; i < 10 * DENIALS_MAX; i++) {
        (void)snprintf(peer, sizeof(peer), "2001:db8::%x", i);
        note(c, peer, "Token has expired");
    }
    assert_int_equal(rows_after_flush(c), DENIALS_MAX + 1);
    note(c, "192.0.2.1", "Token has expired"); /* the next minute begins anew */
    assert_int_equal(rows_after_flush(c), DENIALS_MAX + 2);
}

static void each_status_overflows_by_itself(void **state)
{
    static const agentos_status statuses[] = { AGENTOS_UNAUTHENTICATED, AGENTOS_FORBIDDEN,
                                               AGENTOS_TOO_MANY };
    struct company *c = *state;
    char peer[32];

    for (unsigned i = 0; i < 2 * DENIALS_MAX; i++) {
        (void)snprintf(peer, sizeof(peer), "2001:db8::%x", i);
        denials_record(c->denials,
                       &(struct denial){ .status = statuses[i % 3], .reason = "no", .peer = peer },
                       1795288566);
    }
    assert_int_equal(rows_after_flush(c), DENIALS_MAX + 3);
}

/* docs/design/security.md 1: one sub at two issuers is two callers. */
static void callers_of_two_issuers_are_two(void **state)
{
    static const char *const issuers[] = { "", "https://one.example", "https://two.example", NULL };
    static const char *const told[] = {
        "{\"status\":403,\"reason\":\"no\",\"count\":4}",
        "{\"status\":403,\"reason\":\"no\",\"issuer\":\"https://one.example\",\"count\":2}",
        "{\"status\":403,\"reason\":\"no\",\"issuer\":\"https://two.example\",\"count\":2}",
    };
    struct company *c = *state;
    AUTO(arena) *a = arena_new();
    struct audit_row row;
    bool found;

    for (int i = 0; i < 8; i++)
        denials_record(c->denials,
                       &(struct denial){ .status = AGENTOS_FORBIDDEN,
                                         .reason = "no",
                                         .actor = "ann",
                                         .issuer = issuers[i % 4],
                                         .peer = "192.0.2.1" },
                       1795288566);
    assert_int_equal(rows_after_flush(c), 3);
    for (int64_t id = 0; id < 3; id++) {
        assert_int_equal(audit_table_next(c->conn, id, a, &row, &found, NULL), AGENTOS_OK);
        assert_string_equal(row.actor, "ann");
        assert_string_equal(row.after, told[id]);
    }
}

static void nothing_seen_writes_nothing(void **state)
{
    assert_int_equal(rows_after_flush(*state), 0);
}

static void what_cannot_be_written_is_told(void **state)
{
    struct company *c = *state;

    note(c, "192.0.2.1", "one");
    note(c, "192.0.2.1", "two");
    denials_flush(c->denials);
    written[0]->status = AGENTOS_UNAVAILABLE;
    written[0]->done(written[0]);
    assert_int_equal(lost, 2);
    note(c, "192.0.2.1", "never flushed"); /* freed with the rest */
}

#define IN_COMPANY(test) cmocka_unit_test_setup_teardown(test, open_company, close_company)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_COMPANY(a_flood_of_one_caller_is_one_row_with_its_count),
        IN_COMPANY(a_flood_of_many_callers_has_a_limit),
        IN_COMPANY(each_status_overflows_by_itself),
        IN_COMPANY(callers_of_two_issuers_are_two),
        IN_COMPANY(nothing_seen_writes_nothing),
        IN_COMPANY(what_cannot_be_written_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A flood of refusals becomes few rows, whatever it varies, and hides nobody else's (CWE-778). The
 * database's writer is played here. */
#include "audit/denial_class.h"
#include "audit/denials.h"
#include "base/limits.h"
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

/* Refuses somebody, or nobody in particular if actor is NULL. */
static void deny(struct company *c, enum refusal_code code, const char *actor, const char *peer)
{
    const struct denial denial = {
        .status = actor != NULL ? AGENTOS_FORBIDDEN : AGENTOS_UNAUTHENTICATED,
        .code = code,
        .is_known = actor != NULL,
        .reason = "no",
        .actor = actor,
        .peer = peer,
    };

    denials_record(c->denials, &denial, 1795288566);
}

/* The rows of the table after what was flushed is stored. */
static int64_t rows_after_flush(struct company *c)
{
    struct audit_extent extent = { -1, -1 };

    denials_flush(c->denials);
    for (size_t i = 0; i < write_count; i++) {
        written[i]->status = written[i]->run(c->conn, written[i], &written[i]->err);
        written[i]->done(written[i]);
    }
    write_count = 0;
    assert_int_equal(audit_verify(c->audit, c->conn, &extent, NULL), AGENTOS_OK);
    return extent.checked;
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
    deny(c, REFUSAL_EXPIRED, NULL, "192.0.2.1");
    assert_int_equal(rows_after_flush(c), 2);
    assert_int_equal(audit_table_next(c->conn, 0, a, &row, &found, NULL), AGENTOS_OK);
    assert_string_equal(row.after,
                        "{\"status\":401,\"reason\":\"Token has expired\",\"count\":100000}");
    assert_string_equal(row.target, "192.0.2.1");
    assert_null(row.actor);
}

/* Refuses as many addresses as there are places, and more. */
static void flood(struct company *c, enum refusal_code code, const char *actor)
{
    char peer[32];

    for (unsigned i = 0; i < 10 * DENIALS_MAX; i++) {
        (void)snprintf(peer, sizeof(peer), "2001:db8::%x", i);
        deny(c, code, actor, peer);
    }
}

/* Whether a row tells that this caller was refused at this address. */
static bool is_told(struct company *c, const char *actor, const char *peer)
{
    struct audit_row row;
    bool found = true, is_told = false;

    for (int64_t after = 0; found && !is_told; after = row.id) {
        AUTO(arena) *a = arena_new();

        assert_int_equal(audit_table_next(c->conn, after, a, &row, &found, NULL), AGENTOS_OK);
        if (!found)
            break;
        is_told = strcmp(row.target, peer) == 0 && (row.actor == NULL) == (actor == NULL) &&
                  (actor == NULL || strcmp(actor, row.actor) == 0);
    }
    return is_told;
}

static void what_a_refusal_quotes_makes_no_row_of_its_own(void **state)
{
    static const char *const quoting[] = {
        "Invalid header string: Expecting value: line 1 column ",
        "Invalid token: Invalid issuer. Expected: https://a.example, got: https://b.example/",
        "",
        "Insufficient permissions. Required scope(s): agents:read, x",
    };
    struct company *c = *state;
    char reason[128];

    for (unsigned i = 0; i < 40 * DENIALS_MAX; i++) {
        (void)snprintf(reason, sizeof(reason), "%s%u", quoting[i % COUNT(quoting)], i);
        note(c, "192.0.2.1", reason);
    }
    assert_int_equal(rows_after_flush(c), 1);
}

static void a_flood_of_many_callers_has_a_limit(void **state)
{
    struct company *c = *state;
    size_t places = denial_limits_of(DENIAL_ANYBODY)->minute;

    flood(c, REFUSAL_TOO_FEW_SEGMENTS, NULL);
    assert_int_equal(rows_after_flush(c), places + 1);
    deny(c, REFUSAL_TOO_FEW_SEGMENTS, NULL, "192.0.2.1"); /* the next minute begins anew */
    assert_int_equal(rows_after_flush(c), places + 2);
}

/* A flood of each class, and of one who has a token, hides none of the others. */
static void floods_hide_nobody_of_another_class(void **state)
{
    static const struct {
        enum refusal_code flood, quiet;
        const char *flooder, *victim;
    } cases[] = {
        { REFUSAL_TOO_FEW_SEGMENTS, REFUSAL_SCOPE_MISSING, NULL, "ann" },
        { REFUSAL_HEADER_MISSING, REFUSAL_SIGNATURE_WRONG, NULL, NULL },
        { REFUSAL_ISSUER_NOT_LISTED, REFUSAL_EXPIRED, NULL, NULL },
        { REFUSAL_SIGNATURE_WRONG, REFUSAL_SCOPE_MISSING, NULL, "ann" },
        { REFUSAL_SIGNATURE_WRONG, REFUSAL_AUDIENCE_WRONG, NULL, NULL },
        { REFUSAL_SIGNATURE_WRONG, REFUSAL_ACCOUNT_UNKNOWN, NULL, NULL },
        { REFUSAL_EXPIRED, REFUSAL_RESOURCE_DENIED, NULL, "ann" },
        { REFUSAL_ORIGIN_REFUSED, REFUSAL_SIGNATURE_WRONG, NULL, NULL },
        { REFUSAL_SCOPE_MISSING, REFUSAL_SCOPE_MISSING, "mallory", "ann" },
        { REFUSAL_SCOPE_MISSING, REFUSAL_SIGNATURE_WRONG, "mallory", NULL },
    };
    struct company *c = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t before = rows_after_flush(c);

        assert_int_equal(sql_script(c->conn, "SAVEPOINT quiet", NULL), AGENTOS_OK);
        flood(c, cases[i].flood, cases[i].flooder);
        deny(c, cases[i].quiet, cases[i].victim, "192.0.2.1");
        assert_true(rows_after_flush(c) - before <= DENIALS_MAX);
        assert_true(is_told(c, cases[i].victim, "192.0.2.1"));
        assert_int_equal(sql_script(c->conn, "ROLLBACK TO quiet; RELEASE quiet", NULL), AGENTOS_OK);
        denials_free(c->denials); /* and its hour */
        c->denials = denials_new(&(struct denials_options){
            .loop = c->loop, .busy = &c->busy, .audit = c->audit, .on_lost = on_lost });
    }
}

static void one_caller_has_few_places_and_the_rest_is_counted_under_their_name(void **state)
{
    struct company *c = *state;

    flood(c, REFUSAL_SCOPE_MISSING, "mallory");
    flood(c, REFUSAL_RESOURCE_DENIED, "mallory");
    flood(c, REFUSAL_GRANT_NOT_HELD, "sa:ci");
    assert_int_equal(rows_after_flush(c), 10);
    assert_true(is_told(c, "mallory", "many peers"));
    assert_true(is_told(c, "sa:ci", "many peers"));
    assert_false(is_told(c, NULL, "many peers"));
}

/* What needs no token adds a limited number of rows in an hour. */
static void an_hour_of_floods_has_a_limit(void **state)
{
    struct company *c = *state;
    const struct denial_limits *places = denial_limits_of(DENIAL_ANYBODY);
    int64_t count = 0;

    for (int minute = 0; minute < 20; minute++) {
        flood(c, REFUSAL_TOO_FEW_SEGMENTS, NULL);
        count = rows_after_flush(c);
    }
    assert_int_equal(count, places->hour + 20); /* each minute, how many there were */
    denials_record(
        c->denials,
        &(struct denial){ .status = AGENTOS_UNAUTHENTICATED, .reason = "no", .peer = "192.0.2.7" },
        1795288566 + 3600);
    (void)rows_after_flush(c);
    assert_true(is_told(c, NULL, "192.0.2.7"));
    flood(c, REFUSAL_SCOPE_MISSING, "ann"); /* who is known is told in every minute */
    (void)rows_after_flush(c);
    assert_true(is_told(c, "ann", "2001:db8::0"));
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
    assert_int_equal(rows_after_flush(c), denial_limits_of(DENIAL_ANYBODY)->minute + 3);
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
    note(c, "192.0.2.2", "two");
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
        IN_COMPANY(what_a_refusal_quotes_makes_no_row_of_its_own),
        IN_COMPANY(a_flood_of_many_callers_has_a_limit),
        IN_COMPANY(floods_hide_nobody_of_another_class),
        IN_COMPANY(one_caller_has_few_places_and_the_rest_is_counted_under_their_name),
        IN_COMPANY(an_hour_of_floods_has_a_limit),
        IN_COMPANY(each_status_overflows_by_itself),
        IN_COMPANY(callers_of_two_issuers_are_two),
        IN_COMPANY(nothing_seen_writes_nothing),
        IN_COMPANY(what_cannot_be_written_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

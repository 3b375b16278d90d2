/* Counts and deletes the sessions of a user, or those unchanged for long. */
#include "store/session_purge.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/random.h"
#include "store/owner.h"

static const struct owner server = { .everyone = true };

#define OF_USER "t.user_id = :user AND t.issuer = :issuer AND t.deleted_at IS NULL"
#define OLD     "t.updated_at < :before AND t.deleted_at IS NULL"
#define COUNTED \
    "SELECT count(*), coalesce(sum(t.run_count), 0) FROM sessions AS t WHERE $owned(t) AND "
/* As session_delete does it; the ids are random, so that no request names them. */
#define DELETED                                                                        \
    "UPDATE sessions AS s SET session_id = :prefix || s.id, deleted_at = :now,"        \
    " session_name = NULL, first_input = NULL, summary = NULL, component_data = NULL," \
    " metadata = NULL, session_state = NULL WHERE $owned(s) AND s.id IN"               \
    " (SELECT t.id FROM sessions AS t WHERE "

static const str count_queries[] = { STR_INIT(COUNTED OLD), STR_INIT(COUNTED OF_USER) };
static const str delete_queries[] = { STR_INIT(DELETED OLD " LIMIT :most)"),
                                      STR_INIT(DELETED OF_USER " LIMIT :most)") };

/* Prepares the query for this purge and binds its condition. */
static agentos_status prepare(struct db_conn *conn, const struct session_purge *purge,
                              const str queries[2], sql **out, agentos_error *err)
{
    bool has_user = purge->user_id != NULL;

    TRY(owner_prepare(conn, &server, OWNER_READS, queries[has_user], out, err));
    if (has_user) {
        sql_bind_text(*out, ":user", purge->user_id);
        sql_bind_text(*out, ":issuer", purge->issuer);
    } else {
        sql_bind_int(*out, ":before", purge->before_s);
    }
    return AGENTOS_OK;
}

/* Counts the runs of the user in sessions that are not theirs. Looks at every run. */
static agentos_status count_elsewhere(struct db_conn *conn, const struct session_purge *purge,
                                      int64_t *out, agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    TRY(owner_prepare(
        conn, &server, OWNER_READS,
        STR("SELECT count(*) FROM runs AS t JOIN sessions AS s ON s.id = t.session_key"
            " WHERE t.user_id = :user AND t.issuer = :issuer AND s.deleted_at IS NULL"
            " AND (s.user_id IS NULL OR s.user_id <> :user OR s.issuer <> :issuer)"
            " AND $owned(t)"),
        &q, err));
    sql_bind_text(q, ":user", purge->user_id);
    sql_bind_text(q, ":issuer", purge->issuer);
    TRY(sql_next(q, &has_row, err));
    *out = sql_int(q, 0);
    return AGENTOS_OK;
}

agentos_status session_purge_count(struct db_conn *conn, const struct session_purge *purge,
                                   struct purge_counts *out, agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    TRY(prepare(conn, purge, count_queries, &q, err));
    TRY(sql_next(q, &has_row, err));
    *out = (struct purge_counts){ .sessions = sql_int(q, 0), .runs = sql_int(q, 1) };
    if (purge->user_id != NULL)
        TRY(count_elsewhere(conn, purge, &out->elsewhere, err));
    return AGENTOS_OK;
}

agentos_status session_purge_some(struct db_conn *conn, const struct session_purge *purge,
                                  int64_t *deleted, agentos_error *err)
{
    AUTO(sql) *q = NULL;
    char prefix[UUID_SIZE];

    ensure(sql_in_transaction(conn));
    TRY(prepare(conn, purge, delete_queries, &q, err));
    sql_bind_text(q, ":prefix", random_uuid(prefix));
    sql_bind_int(q, ":now", clock_now_s());
    sql_bind_int(q, ":most", PURGE_SESSIONS);
    TRY(sql_finish(q, err));
    *deleted = sql_changes(conn);
    if (*deleted > 0)
        sql_leave_rows(conn);
    return AGENTOS_OK;
}

agentos_status session_purge_left(struct db_conn *conn, int64_t *left, agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    TRY(owner_prepare(conn, &server, OWNER_READS,
                      STR("SELECT count(*) FROM sessions AS t"
                          " WHERE t.deleted_at IS NOT NULL AND $owned(t)"),
                      &q, err));
    TRY(sql_next(q, &has_row, err));
    *left = sql_int(q, 0);
    return AGENTOS_OK;
}

/* Removes the rows of deleted sessions, a few at a time. */
#include "store/session_sweep.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "store/owner.h"

enum {
    CHUNK_ROWS = 20,             /* per statement */
    SLICE_NS = 10 * 1000 * 1000, /* other writes wait this long */
};

/* The server itself may access every session. */
static const struct owner server = { .everyone = true };

static const str find_query =
    STR_INIT("SELECT s.id FROM sessions AS s WHERE s.deleted_at IS NOT NULL AND $owned(s) LIMIT 1");
static const str runs_query =
    STR_INIT("DELETE FROM runs AS s WHERE s.id IN"
             " (SELECT r.id FROM runs AS r WHERE r.session_key = :key LIMIT :limit) AND $owned(s)");
static const str states_query =
    STR_INIT("DELETE FROM session_states AS s WHERE s.session_key = :key AND s.version IN"
             " (SELECT t.version FROM session_states AS t WHERE t.session_key = :key LIMIT :limit)"
             " AND $owned(s)");
/* Also deletes the session's models, by their foreign key. */
static const str session_query =
    STR_INIT("DELETE FROM sessions AS s WHERE s.id = :key AND s.deleted_at IS NOT NULL"
             " AND $owned(s)");

/* Finds a deleted session, if any. */
static agentos_status find_deleted(struct db_conn *conn, bool *has_one, int64_t *key,
                                   agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(has_one != NULL && key != NULL);
    TRY(owner_prepare(conn, &server, OWNER_READS, find_query, &q, err));
    TRY(sql_next(q, has_one, err));
    if (*has_one)
        *key = sql_int(q, 0);
    return AGENTOS_OK;
}

/* Deletes up to CHUNK_ROWS rows of the session and counts them. */
static agentos_status delete_chunk(struct db_conn *conn, str text, int64_t key, int64_t *count,
                                   agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(count != NULL);
    TRY(owner_prepare(conn, &server, OWNER_READS, text, &q, err));
    sql_bind_int(q, ":key", key);
    sql_bind_int(q, ":limit", CHUNK_ROWS);
    TRY(sql_finish(q, err));
    *count = sql_changes(conn);
    return AGENTOS_OK;
}

/* Deletes the row of a session without runs or earlier states. */
static agentos_status delete_session(struct db_conn *conn, int64_t key, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    TRY(owner_prepare(conn, &server, OWNER_READS, session_query, &q, err));
    sql_bind_int(q, ":key", key);
    return sql_finish(q, err);
}

/* Deletes some runs, or else earlier states, or else the session, and counts the rows. */
static agentos_status delete_next(struct db_conn *conn, int64_t key, int64_t *count,
                                  agentos_error *err)
{
    TRY(delete_chunk(conn, runs_query, key, count, err));
    if (*count > 0)
        return AGENTOS_OK;
    TRY(delete_chunk(conn, states_query, key, count, err));
    if (*count > 0)
        return AGENTOS_OK;
    *count = 1;
    return delete_session(conn, key, err);
}

/* Deletes rows for up to SLICE_NS. */
agentos_status session_sweep(struct db_conn *conn, bool *has_more, agentos_error *err)
{
    uint64_t end_ns = clock_monotonic_ns() + SLICE_NS;
    int64_t rows = 0, count = 0, key = 0;

    ensure(has_more != NULL);
    ensure(sql_in_transaction(conn));
    *has_more = true;
    while (rows <= SWEEP_ROWS - CHUNK_ROWS && clock_monotonic_ns() < end_ns) {
        TRY(find_deleted(conn, has_more, &key, err));
        if (!*has_more)
            break;
        TRY(delete_next(conn, key, &count, err));
        ensure(count > 0 && count <= CHUNK_ROWS);
        rows += count;
    }
    return AGENTOS_OK;
}

/* Creates, updates and deletes sessions, on the writer thread. */
#include "store/session_write.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/random.h"
#include "store/session_state.h"
#include "store/sql.h"

/* The owner condition applies to the new row. */
static const str create_query = STR_INIT(
    "INSERT INTO sessions (session_id, type, component_id, issuer, user_id, created_at, updated_at,"
    " session_name, metadata, session_state)"
    " SELECT :session_id, :type, :component_id, s.issuer, s.user_id, :created_at, :updated_at,"
    " :session_name, :metadata, :session_state"
    " FROM (SELECT :issuer AS issuer, :user_id AS user_id) AS s WHERE $owned(s)");

/* Binds the session. Without a user there is no issuer. */
static void bind_session(sql *q, const struct session *session)
{
    bool has_issuer = session->user_id != NULL && session->issuer != NULL;

    sql_bind_text(q, ":session_id", session->session_id);
    sql_bind_text(q, ":type", component_name(session->type));
    sql_bind_text(q, ":component_id", session->component_id != NULL ? session->component_id : "");
    sql_bind_text(q, ":issuer", has_issuer ? session->issuer : "");
    sql_bind_text(q, ":user_id", session->user_id);
    sql_bind_int(q, ":created_at", session->created_at);
    sql_bind_int(q, ":updated_at", session->updated_at);
    sql_bind_text(q, ":session_name", session->session_name);
    sql_bind_text(q, ":metadata", session->metadata);
    sql_bind_text(q, ":session_state", session->session_state);
}

/* Inserts the session. Fails with CONFLICT if its id exists, whoever owns it. */
agentos_status session_create(struct db_conn *conn, const struct owner *owner,
                              const struct session *session, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(session->session_id != NULL && session->type != COMPONENT_NONE);
    ensure(sql_in_transaction(conn));
    TRY(owner_prepare(conn, owner, OWNER_READS, create_query, &q, err));
    bind_session(q, session);
    agentos_status status = sql_finish(q, err);
    if (status == AGENTOS_CONFLICT)
        return fail(err, status, "The session exists already");
    TRY(status);
    if (sql_changes(conn) == 0)
        return fail(err, AGENTOS_INTERNAL, "A session is made in another user's name");
    return AGENTOS_OK;
}

/* Selects the claimed session, if the owner may change it. */
#define CLAIMED                                       \
    " WHERE s.session_id = :session_id AND $owned(s)" \
    " AND (:type IS NULL OR s.type = :type)"          \
    " AND (:claimed_user IS NULL OR s.user_id = :claimed_user)"

/* Prepares a statement that ends with CLAIMED and binds the claim. */
static agentos_status prepare_claimed(struct db_conn *conn, const struct owner *owner, str text,
                                      const struct session_claim *claim, sql **out,
                                      agentos_error *err)
{
    ensure(claim->session_id != NULL);
    TRY(owner_prepare(conn, owner, OWNER_READS, text, out, err));
    sql_bind_text(*out, ":session_id", claim->session_id);
    sql_bind_text(*out, ":type", component_name(claim->type));
    sql_bind_text(*out, ":claimed_user", claim->user_id);
    return AGENTOS_OK;
}

static const str update_query =
    STR_INIT("UPDATE sessions AS s SET session_name = coalesce(:session_name, s.session_name),"
             " state_version = CASE WHEN :session_state IS NULL"
             " OR :session_state IS NOT DISTINCT FROM s.session_state"
             " THEN s.state_version ELSE s.state_version + 1 END,"
             " session_state = coalesce(:session_state, s.session_state),"
             " metadata = coalesce(:metadata, s.metadata),"
             " summary = coalesce(:summary, s.summary),"
             " updated_at = $greatest(s.updated_at, :updated_at)" CLAIMED);

/* Replaces the members that the change sets. */
agentos_status session_update(struct db_conn *conn, const struct owner *owner,
                              const struct session_claim *claim,
                              const struct session_change *change, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(claim->session_id != NULL && change != NULL);
    ensure(sql_in_transaction(conn));
    TRY(state_keep(conn, owner, OWNER_READS, claim->session_id, change->session_state, err));
    TRY(prepare_claimed(conn, owner, update_query, claim, &q, err));
    sql_bind_text(q, ":session_name", change->session_name);
    sql_bind_text(q, ":session_state", change->session_state);
    sql_bind_text(q, ":metadata", change->metadata);
    sql_bind_text(q, ":summary", change->summary);
    sql_bind_int(q, ":updated_at", change->updated_at);
    TRY(sql_finish(q, err));
    if (sql_changes(conn) == 0)
        return fail(err, AGENTOS_NOT_FOUND, "Session not found");
    return AGENTOS_OK;
}

/* session_sweep removes the row later. */
static const str delete_query =
    STR_INIT("UPDATE sessions AS s SET session_id = :deleted_id, deleted_at = :deleted_at,"
             " session_name = NULL, first_input = NULL, summary = NULL, component_data = NULL,"
             " metadata = NULL, session_state = NULL" CLAIMED);

/* Deletes the session, if the owner may, by renaming it to a random id that no request can name. */
agentos_status session_delete(struct db_conn *conn, const struct owner *owner,
                              const struct session_claim *claim, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(claim->session_id != NULL);
    ensure(sql_in_transaction(conn));
    char deleted_id[UUID_SIZE];
    TRY(prepare_claimed(conn, owner, delete_query, claim, &q, err));
    sql_bind_text(q, ":deleted_id", random_uuid(deleted_id));
    sql_bind_int(q, ":deleted_at", clock_now_s());
    TRY(sql_finish(q, err));
    if (sql_changes(conn) > 0)
        sql_leave_rows(conn);
    return AGENTOS_OK;
}

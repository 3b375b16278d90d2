/* Stores earlier states of a session, for the runs that ended with them. */
#include "store/session_state.h"
#include "base/ensure.h"

static const str keep_query = STR_INIT(
    "INSERT INTO session_states (session_key, version, session_state)"
    " SELECT s.id, s.state_version, s.session_state FROM sessions AS s"
    " WHERE s.session_id = :session_id AND $owned(s)"
    " AND s.session_state IS DISTINCT FROM :new_state"
    " AND s.state_version = (SELECT r.state_version FROM runs AS r WHERE r.session_key = s.id"
    " ORDER BY r.id DESC LIMIT 1)");

/* Keeps the current state if a run ended with it and it is about to change. The caller's statement
 * must increment state_version. */
agentos_status state_keep(struct db_conn *conn, const struct owner *owner,
                          enum owner_purpose purpose, const char *session_id, const char *new_state,
                          agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(session_id != NULL);
    ensure(sql_in_transaction(conn));
    if (new_state == NULL)
        return AGENTOS_OK;
    TRY(owner_prepare(conn, owner, purpose, keep_query, &q, err));
    sql_bind_text(q, ":session_id", session_id);
    sql_bind_text(q, ":new_state", new_state);
    return sql_finish(q, err);
}

/* Creates, changes and deletes sessions; run_row.h writes them together with their runs. A session
 * that the owner does not reach is treated like one that does not exist. All functions block and
 * run inside a write job. */
#ifndef STORE_SESSION_WRITE_H
#define STORE_SESSION_WRITE_H

#include "store/session.h"

/* Inserts the session without the members that its runs fill in (first_input, summary,
 * component_data, metrics and the sums). Returns CONFLICT "The session exists already" if its id
 * exists, whoever owns it, and INTERNAL if the owner does not reach the new row. */
MUST_USE agentos_status session_create(struct db_conn *conn, const struct owner *owner,
                                       const struct session *session, agentos_error *err);

/* The session to change, and the properties that it must have. */
struct session_claim {
    const char *session_id;
    enum component type; /* COMPONENT_NONE for any type */
    /* NULL for any user; narrows the rows that the owner reaches and never adds any */
    const char *user_id;
};

/* The new values. A member that is NULL is left unchanged; any other member is replaced as a
 * whole. */
struct session_change {
    const char *session_name;
    const char *session_state, *metadata, *summary; /* JSON objects as text */
    int64_t updated_at;
};

/* Changes the session. Returns NOT_FOUND "Session not found", and changes nothing, if the owner
 * reaches no such session. */
MUST_USE agentos_status session_update(struct db_conn *conn, const struct owner *owner,
                                       const struct session_claim *claim,
                                       const struct session_change *change, agentos_error *err);

/* Deletes the session with its runs. After the commit, nothing of it can be read, and its id is
 * free. Its rows are removed later (session_sweep.h). Does nothing if there is no such session. */
MUST_USE agentos_status session_delete(struct db_conn *conn, const struct owner *owner,
                                       const struct session_claim *claim, agentos_error *err);

#endif

/* Sessions made, changed and deleted by themselves; run.h writes them with their runs. A row out of
 * the owner's reach is as absent as an unknown one. */
#ifndef STORE_SESSION_WRITE_H
#define STORE_SESSION_WRITE_H

#include "store/session.h"

/* Insert it; what runs bring (first_input, summary, component_data, metrics, total_tokens) is not
 * taken. CONFLICT "The session exists already", whoever owns it. INTERNAL: the new row itself is
 * out of the owner's reach. */
MUST_USE agentos_status session_create(struct db_conn *conn, const struct owner *owner,
                                       const struct session *session, agentos_error *err);

/* Which session is meant, and what must be true of it. */
struct session_claim {
    const char *session_id;
    enum component type; /* COMPONENT_NONE: any */
    const char *user_id; /* NULL: any; narrows, never widens, what the owner reaches */
};

/* What is to be replaced, whole; NULL: left as it is. */
struct session_change {
    const char *session_name;
    const char *session_state, *metadata, *summary; /* JSON objects as text */
    int64_t updated_at;
};

/* NOT_FOUND "Session not found": nothing was changed. */
MUST_USE agentos_status session_update(struct db_conn *conn, const struct owner *owner,
                                       const struct session_claim *claim,
                                       const struct session_change *change, agentos_error *err);

/* With its runs: after the commit nothing of it can be read, and its id is free. Its rows are
 * removed later (session_sweep.h). Nothing to delete is fine. */
MUST_USE agentos_status session_delete(struct db_conn *conn, const struct owner *owner,
                                       const struct session_claim *claim, agentos_error *err);

#endif

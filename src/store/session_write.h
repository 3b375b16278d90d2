/* Creates, updates and deletes sessions. A session that the owner cannot access counts as absent.
 * All functions block and run inside a write job. */
#ifndef STORE_SESSION_WRITE_H
#define STORE_SESSION_WRITE_H

#include "store/session.h"

/* Inserts the session, without the members set by its runs (first_input, summary, component_data,
 * metrics and the sums). Returns CONFLICT "The session exists already" if its id exists, whoever
 * owns it, and INTERNAL if the owner may not create it. */
MUST_USE agentos_status session_create(struct db_conn *conn, const struct owner *owner,
                                       const struct session *session, agentos_error *err);

/* The session to change and its required properties. */
struct session_claim {
    const char *session_id;
    enum component type; /* COMPONENT_NONE for any type */
    /* restricts the accessible rows further; NULL for any user */
    const char *user_id;
};

/* The new values, each replacing the old one as a whole. NULL leaves it unchanged. */
struct session_change {
    const char *session_name;
    const char *session_state, *metadata, *summary; /* JSON objects */
    int64_t updated_at;
};

/* Updates the session. Returns NOT_FOUND "Session not found" if the owner cannot access it. */
MUST_USE agentos_status session_update(struct db_conn *conn, const struct owner *owner,
                                       const struct session_claim *claim,
                                       const struct session_change *change, agentos_error *err);

/* Deletes the session with its runs, if it exists, and frees its id. Its rows are removed later
 * (session_sweep.h). */
MUST_USE agentos_status session_delete(struct db_conn *conn, const struct owner *owner,
                                       const struct session_claim *claim, agentos_error *err);

#endif

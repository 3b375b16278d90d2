/* The earlier states of a session. Its present state is stored once, in its row. */
#ifndef STORE_SESSION_STATE_H
#define STORE_SESSION_STATE_H

#include "store/owner.h"

/* Keeps the present state of the session, before a statement replaces it, if its last run ended
 * with this state and the new state (JSON text) differs. Does nothing if new_state is NULL, or if
 * the owner does not reach such a session. The statement itself must then increment state_version.
 * Called in a write job. */
MUST_USE agentos_status state_keep(struct db_conn *conn, const struct owner *owner,
                                   enum owner_purpose purpose, const char *session_id,
                                   const char *new_state, agentos_error *err);

#endif

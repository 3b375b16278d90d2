/* The earlier states of a session. The current one is in its row. */
#ifndef STORE_SESSION_STATE_H
#define STORE_SESSION_STATE_H

#include "store/owner.h"

/* Stores the current state of the session before a statement replaces it, if the last run ended
 * with it and new_state (JSON) differs. Does nothing if new_state is NULL or the owner cannot
 * access the session. The caller's statement must increment state_version. */
MUST_USE agentos_status state_keep(struct db_conn *conn, const struct owner *owner,
                                   enum owner_purpose purpose, const char *session_id,
                                   const char *new_state, agentos_error *err);

#endif

/* The state of a session, which stands in its row once, and what it was before. */
#ifndef STORE_SESSION_STATE_H
#define STORE_SESSION_STATE_H

#include "store/owner.h"

/* Before a statement that replaces the session's state: keeps the present one for the runs that
 * ended with it, when there are any and the new one (JSON text) differs. NULL: it is not replaced.
 * A session that is absent or out of reach: nothing happens. The statement itself must then count
 * state_version up. */
MUST_USE agentos_status state_keep(struct db_conn *conn, const struct owner *owner,
                                   enum owner_purpose purpose, const char *session_id,
                                   const char *new_state, agentos_error *err);

#endif

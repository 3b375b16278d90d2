/* What is left of deleted sessions. A deleted session is out of reach at once, with all that
 * belongs to it (session_delete); its rows are removed afterwards, a few at a time, so that nobody
 * waits long for the one writer. */
#ifndef STORE_SESSION_SWEEP_H
#define STORE_SESSION_SWEEP_H

#include "store/sql.h"

enum { SWEEP_ROWS = 500 }; /* at most so many in one transaction */

/* Removes rows of deleted sessions: at most SWEEP_ROWS, and fewer if it takes long. *has_more tells
 * whether there may be others. For struct schema: called on the writer's thread, in a transaction
 * of its own. */
MUST_USE agentos_status session_sweep(struct db_conn *conn, bool *has_more, agentos_error *err);

#endif

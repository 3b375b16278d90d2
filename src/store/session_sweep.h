/* Removes what is left of deleted sessions. A deleted session can no longer be read, with all that
 * belongs to it (session_delete). Its rows are removed afterwards, a few at a time, so that nobody
 * waits long for the only writer. */
#ifndef STORE_SESSION_SWEEP_H
#define STORE_SESSION_SWEEP_H

#include "store/sql.h"

enum { SWEEP_ROWS = 500 }; /* the most rows of one transaction */

/* Removes rows of deleted sessions: at most SWEEP_ROWS, and fewer if that takes long. Sets
 * *has_more if others may be left. Used in struct schema: called on the writer's thread, in a
 * transaction of its own. */
MUST_USE agentos_status session_sweep(struct db_conn *conn, bool *has_more, agentos_error *err);

#endif

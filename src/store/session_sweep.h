/* Removes the rows of deleted sessions a few at a time, so that other writes do not wait long. */
#ifndef STORE_SESSION_SWEEP_H
#define STORE_SESSION_SWEEP_H

#include "store/sql.h"

enum { SWEEP_ROWS = 500 }; /* per transaction */

/* Removes up to SWEEP_ROWS rows of deleted sessions. Sets *has_more if some may be left. See struct
 * schema. */
MUST_USE agentos_status session_sweep(struct db_conn *conn, bool *has_more, agentos_error *err);

#endif

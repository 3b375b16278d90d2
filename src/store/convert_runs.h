/* The rows of runs, from the wire object that schema 3 stored to what schema 4 stores. */
#ifndef STORE_CONVERT_RUNS_H
#define STORE_CONVERT_RUNS_H

#include "store/sql.h"

/* Copies every row of old_runs into runs, and earlier states of sessions into session_states; then
 * drops the old tables and makes the indexes. Inside the migration's transaction. INTERNAL: a
 * stored run is not valid JSON. */
MUST_USE agentos_status convert_runs(struct db_conn *conn, agentos_error *err);

#endif

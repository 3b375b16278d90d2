/* Converts runs from schema 3 to schema 4. */
#ifndef STORE_CONVERT_RUNS_H
#define STORE_CONVERT_RUNS_H

#include "store/sql.h"

/* Converts every row of old_runs to runs, and stores earlier states in session_states. Then drops
 * the old tables and creates the indexes. Called in the migration's transaction. Returns INTERNAL
 * if a stored run is not valid JSON or its session key is not positive, and TOO_LARGE if a
 * converted run or a state is too long. */
MUST_USE agentos_status convert_runs(struct db_conn *conn, agentos_error *err);

#endif

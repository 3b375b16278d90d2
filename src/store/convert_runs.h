/* Converts the rows of runs from the JSON objects that schema 3 stored to the columns of schema
 * 4. */
#ifndef STORE_CONVERT_RUNS_H
#define STORE_CONVERT_RUNS_H

#include "store/sql.h"

/* Copies every row of old_runs to runs, and earlier states of sessions to session_states. Then
 * drops the old tables and creates the indexes. Called inside the transaction of the migration.
 * Returns INTERNAL if a stored run is not valid JSON, and TOO_LARGE if a converted run or state is
 * too long. */
MUST_USE agentos_status convert_runs(struct db_conn *conn, agentos_error *err);

#endif

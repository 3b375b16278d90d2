/* A stored run in the shapes of the reading routes. */
#ifndef API_RUNS_RUN_VIEW_H
#define API_RUNS_RUN_VIEW_H

#include "run/run_object.h"
#include "store/run_row.h"
#include "json/writer.h"

/* Absent members as null (GET /agents/{id}/runs, one run of a session) or left out (runs of a
 * session). */
enum run_view_nulls { RUN_VIEW_NULLS, RUN_VIEW_NO_NULLS };

/* The session-run schema: times in ISO 8601, lists that are empty here. */
void run_view_write(const struct run_object *object, enum run_view_nulls nulls, writer *w);

/* The short form of /run-previews. */
void run_view_write_preview(const struct run_row *row, writer *w);

#endif

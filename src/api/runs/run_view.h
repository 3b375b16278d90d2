/* Writes stored runs as JSON, in full or as previews. */
#ifndef API_RUNS_RUN_VIEW_H
#define API_RUNS_RUN_VIEW_H

#include "run/run_object.h"
#include "store/run_row.h"
#include "json/writer.h"

/* Whether members without a value are null (GET /agents/{id}/runs, one run of a session) or left
 * out (the runs of a session). */
enum run_view_nulls { RUN_VIEW_NULLS, RUN_VIEW_NO_NULLS };

/* The shapes of a full run and of a preview. */
extern const struct shape session_run_shape, run_preview_shape;

/* Writes the run in the contract's session-run schema, with times in ISO 8601. */
void run_view_write(const struct run_object *object, enum run_view_nulls nulls, writer *w);

/* Writes the preview of a run for GET /sessions/{id}/run-previews. */
void run_view_write_preview(const struct run_row *row, writer *w);

#endif

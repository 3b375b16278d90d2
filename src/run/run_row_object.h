/* Reads a stored run from its database row into the run object of answers. */
#ifndef RUN_RUN_ROW_OBJECT_H
#define RUN_RUN_ROW_OBJECT_H

#include "run/run_object.h"
#include "store/run_row.h"
#include "json/parse.h"

/* Returns true if the row is a run of this component. A row without a component never is. */
bool run_row_is_of(const struct run_row *row, enum component type, const char *component_id);

/* Fills in the object of a stored run. The object points into the row and the arena. Returns
 * INTERNAL if a column is missing or not valid. Parses JSON: call it on a database thread. */
MUST_USE agentos_status run_row_read(const struct run_row *row, arena *a, struct run_object *object,
                                     agentos_error *err);

/* Renders the object of a stored run as GET answers it. *out is owned by the arena. Returns
 * INTERNAL if a column is missing or not valid, and TOO_LARGE if the object is longer than an
 * answer may be. Parses JSON: call it on a database thread. */
MUST_USE agentos_status run_row_object(const struct run_row *row, arena *a, const char **out,
                                       agentos_error *err);

/* Fills in *out from the stored form of a message. The message points into `stored`, the row and
 * the arena. Returns false, and leaves *out alone, if `stored` is not a message. */
bool run_row_message(const struct run_row *row, const json_t *stored, arena *a,
                     struct run_message *out);

#endif

/* From a stored row to the object that the wire shows, and the stored forms of messages. */
#ifndef RUN_RUN_ROW_OBJECT_H
#define RUN_RUN_ROW_OBJECT_H

#include "run/run_object.h"
#include "store/run_row.h"
#include "json/parse.h"

/* Fills in the object of a stored run, which points into the row and the arena. INTERNAL: the row
 * holds what is not valid. Parses: meant for database threads. */
MUST_USE agentos_status run_row_read(const struct run_row *row, arena *a, struct run_object *object,
                                     agentos_error *err);

/* Renders the object of a stored run, as GET answers it, as a text from the arena. INTERNAL: the
 * row holds what is not valid; TOO_LARGE: it is longer than any answer may be. Parses what it
 * renders: meant for database threads. */
MUST_USE agentos_status run_row_object(const struct run_row *row, arena *a, const char **out,
                                       agentos_error *err);

/* Fills in a message from its stored form, which it points into, as into the row. false: it is not
 * a message, and *out is left alone. */
bool run_row_message(const struct run_row *row, const json_t *stored, arena *a,
                     struct run_message *out);

#endif

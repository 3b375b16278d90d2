/* The input of a row, read before its handler is called. */
#ifndef WEB_CALL_INPUT_H
#define WEB_CALL_INPUT_H

#include "web/call.h"

/* Reads the input of the call's row and finds its target: after this, call_input and call->target
 * are what the handler works with. `parsed` owns the JSON body; NULL where the row takes none.
 * false: the call is answered, with 503 for a row that is not available, 422 or another status for
 * the input, 404 for the target. */
MUST_USE bool call_read_input(struct call *call, arena *parsed);

#endif

/* The input of a row, read before its handler is called. */
#ifndef WEB_CALL_INPUT_H
#define WEB_CALL_INPUT_H

#include "web/call.h"

/* Reads the input of the call's row, which call_input then returns, and sets call->target. `parsed`
 * owns the JSON body, and may be NULL if the row takes none. Returns false if the call has been
 * answered: with 503 if the row is not available, 404 if there is no target, and 422 or another
 * status if the input is faulty. */
MUST_USE bool call_read_input(struct call *call, arena *parsed);

#endif

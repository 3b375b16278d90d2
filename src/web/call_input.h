/* Reads the input of a route before its handler is called. */
#ifndef WEB_CALL_INPUT_H
#define WEB_CALL_INPUT_H

#include "web/call.h"

/* Reads the input of the call, which call_input then returns, and sets call->target. `parsed` owns
 * the JSON body; may be NULL if the route takes none. Returns false if the call was answered: with
 * 503 if the route is not available, 404 if there is no target, or 422 or another status if the
 * input is not valid. */
MUST_USE bool call_read_input(struct call *call, arena *parsed);

#endif

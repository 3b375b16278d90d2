/* The input of a row, read before its handler is called. */
#ifndef WEB_CALL_INPUT_H
#define WEB_CALL_INPUT_H

#include "web/call.h"

/* Lays out the input of the call's row and finds its target: after this, call_input and
 * call->target are what the handler works with. false: the call is answered, with 422 or 400 for
 * the input or 404 for the target. */
MUST_USE bool call_read_input(struct call *call);

#endif

/* Sends the result of a run to its client, and counts finished runs. */
#ifndef API_RUNS_RUN_REPLY_H
#define API_RUNS_RUN_REPLY_H

#include "api/context.h"

/* Starts the run and answers the call: with a stream of deltas, with a stream of all events, or
 * with the run object, as the request says. Copies the request. Cancels the run if the client
 * leaves. */
void run_reply_start(struct call *call, const struct run_request *request);

/* Implements run_services.on_over: counts a finished run, and logs it if it could not be saved.
 * `context` is the event loop's struct context. */
void runs_over(void *context, const struct run *run);

#endif

/* The reply to a call that starts a run, and the log lines and counters of runs that are over. */
#ifndef API_RUNS_RUN_REPLY_H
#define API_RUNS_RUN_REPLY_H

#include "api/context.h"

/* Starts the run and answers the call: with a stream of events if the request asks for deltas, with
 * all events if they are kept too, and with the run object otherwise. The request is copied. If the
 * client leaves, the run is cancelled. */
void run_reply_start(struct call *call, const struct run_request *request);

/* Implements run_services.on_over; `context` is the loop's struct context. Logs a run that could
 * not be saved, and counts every run that is over. */
void runs_over(void *context, const struct run *run);

#endif

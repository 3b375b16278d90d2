/* The log line and the counters of a run that has ended. */
#ifndef API_RUNS_RUNS_H
#define API_RUNS_RUNS_H

#include "run/run.h"

/* The on_over of struct run_services; `context` is the loop's struct context. It logs a run that
 * could not be saved, and counts every run that is over. */
void runs_over(void *context, const struct run *run);

#endif

/* The log line and the counters of a run that has ended. */
#ifndef API_RUNS_RUNS_H
#define API_RUNS_RUNS_H

#include "run/run.h"

/* For run_services.on_over, with the loop's context: what failed is logged, and all is counted. */
void runs_over(void *context, const struct run *run);

#endif

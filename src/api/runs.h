/* What dispatch tells the runs (their client left, or can take more), and what they log. */
#ifndef API_RUNS_H
#define API_RUNS_H

#include "api/call.h"

void runs_client_left(struct call *call);    /* its run is cancelled */
void runs_output_drained(struct call *call); /* its run goes on */

/* For run_services.on_over, with the loop's context: what failed is logged, and all is counted. */
void runs_over(void *context, const struct run *run);

#endif

/* What dispatch tells the runs: their client left, or can take more. */
#ifndef API_RUNS_H
#define API_RUNS_H

#include "api/call.h"

void runs_client_left(struct call *call);    /* its run is cancelled */
void runs_output_drained(struct call *call); /* its run goes on */

#endif

/* The states of a run that others see, and at which stage one was cancelled. */
#ifndef RUN_RUN_STATUS_H
#define RUN_RUN_STATUS_H

#include "base/str.h"

/* All statuses of the contract; the engine gives RUNNING, COMPLETED, CANCELLED and ERROR. */
enum run_status {
    RUN_STATUS_PENDING,
    RUN_STATUS_RUNNING,
    RUN_STATUS_COMPLETED,
    RUN_STATUS_PAUSED,
    RUN_STATUS_CANCELLED,
    RUN_STATUS_ERROR,
    RUN_STATUS_REGENERATED,
    RUN_STATUS_COUNT
};

/* As the wire and the database have it: "COMPLETED". */
const char *run_status_word(enum run_status status);

/* In capitals or not. false: it is not a status, and *out is left alone. */
bool run_status_parse(str word, enum run_status *out);

/* Of a run with status CANCELLED. */
enum run_stage {
    RUN_STAGE_NONE,      /* not cancelled, or its client left */
    RUN_STAGE_EXECUTING, /* a request asked for it while the run was under way */
};

/* "EXECUTING"; NULL for RUN_STAGE_NONE. */
const char *run_stage_word(enum run_stage stage);

#endif

/* The statuses of a run and the stages of a cancellation. */
#ifndef RUN_RUN_STATUS_H
#define RUN_RUN_STATUS_H

#include "base/str.h"

/* All statuses of the contract. This server itself sets only RUNNING, COMPLETED, CANCELLED and
 * ERROR. */
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

/* The words of all statuses; the last element is NULL. */
extern const char *const run_status_words[RUN_STATUS_COUNT + 1];

/* Returns the word of the status in answers and in the database, such as "COMPLETED". */
const char *run_status_word(enum run_status status);

/* Parses the word of a status, in upper or lower case. Returns false, and leaves *out alone, if it
 * is not a status. */
bool run_status_parse(str word, enum run_status *out);

/* The stage at which a run with status CANCELLED was cancelled. */
enum run_stage {
    RUN_STAGE_NONE,      /* the run was not cancelled, or was cancelled because its client left */
    RUN_STAGE_EXECUTING, /* a request has cancelled the run while it was under way */
};

/* Returns "EXECUTING", or NULL for RUN_STAGE_NONE. */
const char *run_stage_word(enum run_stage stage);

#endif

/* Names the statuses and stages of runs. */
#include "run/run_status.h"

#include "base/ensure.h"

const char *const run_status_words[RUN_STATUS_COUNT + 1] = {
    [RUN_STATUS_PENDING] = "PENDING",         [RUN_STATUS_RUNNING] = "RUNNING",
    [RUN_STATUS_COMPLETED] = "COMPLETED",     [RUN_STATUS_PAUSED] = "PAUSED",
    [RUN_STATUS_CANCELLED] = "CANCELLED",     [RUN_STATUS_ERROR] = "ERROR",
    [RUN_STATUS_REGENERATED] = "REGENERATED",
};

const char *run_status_word(enum run_status status)
{
    ensure(status < RUN_STATUS_COUNT);
    return run_status_words[status];
}

bool run_status_parse(str word, enum run_status *out)
{
    ensure(out != NULL);
    for (unsigned i = 0; i < RUN_STATUS_COUNT; i++)
        if (str_equal_nocase(word, str_of(run_status_words[i]))) {
            *out = (enum run_status)i;
            return true;
        }
    return false;
}

const char *run_stage_word(enum run_stage stage)
{
    ensure(stage == RUN_STAGE_NONE || stage == RUN_STAGE_EXECUTING);
    return stage == RUN_STAGE_EXECUTING ? "EXECUTING" : NULL;
}

/* The kinds of events a run has: one table of wire names and of what each carries
 * (docs/design/contract.md §3). */
#ifndef RUN_EVENT_H
#define RUN_EVENT_H

#include "base/str.h"

enum run_event_kind {
    RUN_STARTED,
    RUN_MODEL_REQUEST_STARTED,
    RUN_CONTENT,
    RUN_MODEL_REQUEST_COMPLETED,
    RUN_CONTENT_COMPLETED,
    RUN_COMPLETED,
    RUN_ERROR,
    RUN_CANCELLED,
    RUN_EVENT_COUNT
};

str run_event_name(enum run_event_kind kind);

/* What an event adds to the members all events have. */
enum run_event_fields {
    EVENT_MODEL = 1,   /* model, model_provider */
    EVENT_DELTA = 2,   /* content, workflow_agent, content_type, reasoning_content */
    EVENT_USAGE = 4,   /* token counts, time_to_first_token */
    EVENT_RESULT = 8,  /* content, content_type, session_state, metrics */
    EVENT_ERROR = 16,  /* content, error_type */
    EVENT_REASON = 32, /* content, reason */
};
/* Flags of enum run_event_fields. */
unsigned run_event_fields(enum run_event_kind kind);

#endif

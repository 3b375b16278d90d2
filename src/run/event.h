/* The kinds of events that a run sends, with their names and members
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

/* Returns the name of this kind of event, such as "RunStarted". */
str run_event_name(enum run_event_kind kind);

/* The members that an event adds to those of all events. */
enum run_event_fields {
    EVENT_MODEL = 1,   /* model, model_provider */
    EVENT_DELTA = 2,   /* content, workflow_agent, content_type, reasoning_content */
    EVENT_USAGE = 4,   /* token counts, time_to_first_token */
    EVENT_RESULT = 8,  /* content, content_type, session_state, metrics */
    EVENT_ERROR = 16,  /* content, error_type */
    EVENT_REASON = 32, /* content, reason */
};

/* Returns the flags of enum run_event_fields for this kind of event. */
unsigned run_event_fields(enum run_event_kind kind);

#endif

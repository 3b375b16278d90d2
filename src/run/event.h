/* The kinds of events that a run sends, and their names (docs/design/contract.md §3). */
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

#endif

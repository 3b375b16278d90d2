/* Maps each kind of run event to its name on the wire and to the fields that the event carries. */
#include "run/event.h"

#include "base/ensure.h"

// clang-format off
static const struct {
    str name;
    unsigned fields;
} events[RUN_EVENT_COUNT] = {
    [RUN_STARTED]                 = { STR_INIT("RunStarted"),            EVENT_MODEL },
    [RUN_MODEL_REQUEST_STARTED]   = { STR_INIT("ModelRequestStarted"),   EVENT_MODEL },
    [RUN_CONTENT]                 = { STR_INIT("RunContent"),            EVENT_DELTA },
    [RUN_MODEL_REQUEST_COMPLETED] = { STR_INIT("ModelRequestCompleted"), EVENT_MODEL | EVENT_USAGE },
    [RUN_CONTENT_COMPLETED]       = { STR_INIT("RunContentCompleted"),   0 },
    [RUN_COMPLETED]               = { STR_INIT("RunCompleted"),          EVENT_RESULT },
    [RUN_ERROR]                   = { STR_INIT("RunError"),              EVENT_ERROR },
    [RUN_CANCELLED]               = { STR_INIT("RunCancelled"),          EVENT_REASON },
};
// clang-format on

str run_event_name(enum run_event_kind kind)
{
    ensure(kind < RUN_EVENT_COUNT);
    return events[kind].name;
}

unsigned run_event_fields(enum run_event_kind kind)
{
    ensure(kind < RUN_EVENT_COUNT);
    return events[kind].fields;
}

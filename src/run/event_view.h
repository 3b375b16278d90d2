/* The JSON of run events. The same tables write live and stored events and describe them in
 * /openapi.json. */
#ifndef RUN_EVENT_VIEW_H
#define RUN_EVENT_VIEW_H

#include "run/event.h"
#include "run/run_object.h"

/* The data of an event. Members that its kind does not have may be unset. */
struct event_view {
    int64_t created_at; /* in seconds since 1970 */
    const char *name;
    const char *agent_id, *agent_name, *run_id, *session_id;
    const char *model, *model_provider;
    str delta;     /* a piece of the answer; left out if empty */
    str reasoning; /* a piece of the model's reasoning */
    struct model_usage usage;
    double time_to_first_token; /* in seconds since the model was asked */
    /* the run's content; an event with a reason leaves out NULL */
    const char *content;
    const char *error_type; /* written as null if it is NULL */
    const char *reason;
    const struct run_object *object; /* the finished run; may be NULL */
};

/* The parts of each event's shape: its time and name, the members that all events of a run share,
 * and, from EVENT_OWN on, the members of its kind. */
enum event_part { EVENT_HEAD, EVENT_COMMON, EVENT_OWN };

/* The shape of the events of each kind. The record is a struct event_view. */
extern const struct shape run_event_shapes[RUN_EVENT_COUNT];
/* The shape of any event, which is one of the shapes above. */
extern const struct shape run_event_shape;

/* Writes the event. For RUN_EVENT_COUNT, an unknown kind, writes only the common members. */
void event_view_write(const struct event_view *view, enum run_event_kind kind, writer *w);

#endif

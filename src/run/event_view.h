/* The JSON of run events, by tables of their members: written alike while a run is under way and
 * when it is read again, and described in /openapi.json. */
#ifndef RUN_EVENT_VIEW_H
#define RUN_EVENT_VIEW_H

#include "run/event.h"
#include "run/run_object.h"

/* What an event shows. Only the members that its kind shows need to be filled in. */
struct event_view {
    int64_t created_at; /* seconds */
    const char *name;
    const char *agent_id, *agent_name, *run_id, *session_id;
    const char *model, *model_provider;
    str delta;     /* a piece of the answer; empty: left out */
    str reasoning; /* a piece of the model's reasoning */
    struct model_usage usage;
    double time_to_first_token; /* seconds, since the model was asked */
    const char *content;        /* the run's; NULL: left out of an event with a reason */
    const char *error_type;     /* NULL is null */
    const char *reason;
    const struct run_object *object; /* of the run, once it is over */
};

/* The parts of the shape of each event: its time and name, what all events of a run share, and from
 * EVENT_OWN on what its kind adds. */
enum event_part { EVENT_HEAD, EVENT_COMMON, EVENT_OWN };

/* The shape of the events of each kind; the record is a struct event_view. */
extern const struct shape run_event_shapes[RUN_EVENT_COUNT];
/* One of these. */
extern const struct shape run_event_shape;

/* Writes the event. A kind of RUN_EVENT_COUNT stands for an event that this version does not know,
 * which has only what all events share. */
void event_view_write(const struct event_view *view, enum run_event_kind kind, writer *w);

#endif

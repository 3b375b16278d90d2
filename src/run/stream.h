/* The event stream of a run: the one way from a run to those who follow it. */
#ifndef RUN_STREAM_H
#define RUN_STREAM_H

#include "base/error.h"
#include "base/list.h"

struct run;

/* An event as it is sent, rendered once for all sinks. Valid during the call of on_event. */
struct run_event {
    str name;      /* "RunContent" */
    str json;      /* one line */
    int64_t index; /* its place in a stream that can be resumed; -1: the stream has none */
    bool is_delta; /* a piece of the answer: what comes last repeats it whole */
};

/* What a follower of a run is told. All functions are called on the loop's thread, and never before
 * run_start has returned. Exactly one of on_refused and on_end is called, last, unless the sink was
 * removed before. */
struct run_sink {
    /* Nothing was sent: the session is another user's, or the database cannot be read. */
    void (*on_refused)(void *user, const agentos_error *err);
    void (*on_event)(void *user, const struct run_event *event); /* NULL: only the end matters */
    /* The run is saved, or its last event says that it could not be. */
    void (*on_end)(void *user, const struct run *run);
};

/* Owned by the loop of its run. A sink may remove itself, or another, inside any call. */
struct event_stream {
    struct list sinks; /* struct sink_entry, in the order they were added */
};

void stream_init(struct event_stream *stream);
void stream_clear(struct event_stream *stream); /* not from inside a sink's call */

/* From now on the sink is called with this user. It is borrowed and outlives the stream. */
void stream_add_sink(struct event_stream *stream, const struct run_sink *sink, void *user);

/* The sinks with this user are not called any more. Nothing, if there is none. */
void stream_remove_sink(struct event_stream *stream, const void *user);

/* Whether an event would reach anyone, so that it must be rendered. */
bool stream_has_readers(const struct event_stream *stream);

void stream_send(const struct event_stream *stream, const struct run_event *event);

/* One of these, last. */
void stream_refuse(const struct event_stream *stream, const agentos_error *err);
void stream_end(const struct event_stream *stream, const struct run *run);

#endif

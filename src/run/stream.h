/* The event stream of a run, which delivers its events to sinks. */
#ifndef RUN_STREAM_H
#define RUN_STREAM_H

#include "base/error.h"
#include "base/list.h"

struct run;

/* An event as it is sent. It is rendered once for all sinks, and is valid only during the call of
 * on_event. */
struct run_event {
    str name;      /* such as "RunContent" */
    str json;      /* one JSON object on one line */
    int64_t index; /* its place in a stream that can be resumed; -1 if the stream cannot */
    bool is_delta; /* a piece of the answer; the last events repeat the whole answer */
};

/* A receiver of events. Its callbacks are called on the loop's thread, and never before
 * run_start has returned. The last call is exactly one of on_refused and on_end, unless the sink
 * was removed before. */
struct run_sink {
    /* The run was refused before any event, for example because the session belongs to another user
     * or because the database cannot be read. */
    void (*on_refused)(void *user, const agentos_error *err);
    /* NULL to receive only the end */
    void (*on_event)(void *user, const struct run_event *event);
    /* The run has been saved, or its last event has said that it could not be saved. */
    void (*on_end)(void *user, const struct run *run);
};

/* Used only on the loop of its run. A sink may remove itself or another sink inside any call. */
struct event_stream {
    struct list sinks; /* a list of struct sink_entry, in the order in which they were added */
};

void stream_init(struct event_stream *stream);
/* Frees the list. Must not be called from inside a sink's call. */
void stream_clear(struct event_stream *stream);

/* Adds a sink, which is called with this user. The sink is borrowed and must outlive the stream. */
void stream_add_sink(struct event_stream *stream, const struct run_sink *sink, void *user);

/* Removes all sinks with this user; they are not called again. */
void stream_remove_sink(struct event_stream *stream, const void *user);

/* Returns true if any sink receives events. */
bool stream_has_readers(const struct event_stream *stream);

/* Sends the event to all sinks that receive events. */
void stream_send(const struct event_stream *stream, const struct run_event *event);

/* Notify all sinks that the run was refused, or that it has ended. */
void stream_refuse(const struct event_stream *stream, const agentos_error *err);
void stream_end(const struct event_stream *stream, const struct run *run);

#endif

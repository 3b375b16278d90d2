/* Server-sent events (WHATWG HTML §9.2): writing ours, reading providers'. */
#ifndef HTTP_SSE_H
#define HTTP_SSE_H

#include "base/buf.h"

/* A frame: "event: NAME\ndata: DATA\n\n". data is one line. */
void sse_append(buf *out, str event, str data);

/* Reads a stream in pieces of any size. Zero it, set on_event; sse_clear at the end. */
struct sse_reader {
    void (*on_event)(void *user, str event, str data); /* event is empty where none was named */
    void *user;
    buf line, data, event; /* limits are set by sse_reader_init */
    bool skip_lf, started;
};

void sse_reader_init(struct sse_reader *r, void (*on_event)(void *user, str event, str data),
                     void *user);
/* TOO_LARGE: a line or an event above EVENT_LINE_MAX_BYTES; the reader is done for. */
MUST_USE agentos_status sse_feed(struct sse_reader *r, str bytes, agentos_error *err);
void sse_reader_clear(struct sse_reader *r);

#endif

/* Server-sent events (WHATWG HTML §9.2): a writer for this server's streams, and a reader for those
 * of providers. */
#ifndef HTTP_SSE_H
#define HTTP_SSE_H

#include "base/buf.h"

/* Appends an event, "event: NAME\ndata: DATA\n\n". data must be one line; the line of the name is
 * left out if it is empty. */
void sse_append(buf *out, str event, str data);

/* A reader of a stream that comes in pieces of any size. It must be initialized with
 * sse_reader_init and cleared with sse_reader_clear. */
struct sse_reader {
    void (*on_event)(void *user, str event, str data); /* event is empty if the event has no name */
    void *user;
    buf line, data, event; /* sse_reader_init sets their limits */
    bool skips_lf;   /* the last line has ended in CR, so an LF that follows belongs to its end */
    bool is_started; /* the first line has been read */
};

void sse_reader_init(struct sse_reader *r, void (*on_event)(void *user, str event, str data),
                     void *user);
/* Reads a piece, and calls on_event for each event that is complete. Returns TOO_LARGE if a line or
 * an event is longer than EVENT_LINE_MAX_BYTES; the reader must not be fed again then. */
MUST_USE agentos_status sse_feed(struct sse_reader *r, str bytes, agentos_error *err);
void sse_reader_clear(struct sse_reader *r);

#endif

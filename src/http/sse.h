/* Writes and reads server-sent events (WHATWG HTML §9.2). */
#ifndef HTTP_SSE_H
#define HTTP_SSE_H

#include "base/buf.h"

/* Appends "event: NAME\ndata: DATA\n\n". data must be one line. An empty name is left out. */
void sse_append(buf *out, str event, str data);

/* Reads a stream in pieces of any size. Initialize it with sse_reader_init; clear it with
 * sse_reader_clear. */
struct sse_reader {
    void (*on_event)(void *user, str event, str data); /* event is empty if the event has no name */
    void *user;
    buf line, data, event; /* sse_reader_init sets their limits */
    bool skips_lf;         /* the last line ended in CR, so a following LF belongs to it */
    bool is_started;       /* the first line has been read */
    bool is_held;          /* set by on_event to make sse_feed return after this event */
    size_t unread;         /* the bytes at the end of the last piece that were not read then */
};

void sse_reader_init(struct sse_reader *r, void (*on_event)(void *user, str event, str data),
                     void *user);
/* Reads a piece, and calls on_event for each complete event, until on_event sets is_held: then the
 * last `unread` bytes must be fed again. Returns TOO_LARGE if a line or an event exceeds
 * EVENT_LINE_MAX_BYTES; the reader must not be fed again then. */
MUST_USE agentos_status sse_feed(struct sse_reader *r, str bytes, agentos_error *err);
void sse_reader_clear(struct sse_reader *r);

#endif

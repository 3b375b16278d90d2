/* Server-sent events (WHATWG HTML §9.2): a writer for our streams, a reader for providers'. */
#ifndef HTTP_SSE_H
#define HTTP_SSE_H

#include "base/buf.h"

/* Appends a frame, "event: NAME\ndata: DATA\n\n". data is one line; an empty event is left out. */
void sse_append(buf *out, str event, str data);

/* A reader of a stream in pieces of any size: sse_reader_init first, sse_reader_clear at the end.
 */
struct sse_reader {
    void (*on_event)(void *user, str event, str data); /* event is empty if it has no name */
    void *user;
    buf line, data, event; /* limits are set by sse_reader_init */
    bool skips_lf;         /* the last line ended in CR: an LF that follows belongs to it */
    bool is_started;       /* the first line was read */
};

void sse_reader_init(struct sse_reader *r, void (*on_event)(void *user, str event, str data),
                     void *user);
/* Reads a piece, and calls on_event for each event that it ends. TOO_LARGE: a line or an event is
 * longer than EVENT_LINE_MAX_BYTES; the reader must not be fed again. */
MUST_USE agentos_status sse_feed(struct sse_reader *r, str bytes, agentos_error *err);
void sse_reader_clear(struct sse_reader *r);

#endif

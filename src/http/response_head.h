/* Reads the status line and the headers of an answer, which curl passes line by line. */
#ifndef HTTP_RESPONSE_HEAD_H
#define HTTP_RESPONSE_HEAD_H

#include "http/message.h"

/* The state of the reader. It begins zeroed and must be cleared with response_head_clear. */
struct response_head {
    arena *memory; /* exists while headers are being collected */
    size_t taken_bytes;
    int status;
    struct header *all; /* allocated in `memory` */
    size_t count;
    bool is_complete, is_new;
};

/* Reads one line, which includes its line end. Interim answers (RFC 9110 §15.2) and trailers are
 * skipped. Returns false if the headers are too many or too large (limits.h), or if the answer is
 * not HTTP. */
MUST_USE bool response_head_line(struct response_head *head, str line);

/* Returns true once, after the line that has completed the head. */
bool response_head_is_new(struct response_head *head);

/* Frees the headers, but remembers that the head is complete. */
void response_head_clear(struct response_head *head);

#endif

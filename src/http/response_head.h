/* A reader of the status line and headers of an answer, which come from curl line by line. */
#ifndef HTTP_RESPONSE_HEAD_H
#define HTTP_RESPONSE_HEAD_H

#include "http/message.h"

/* Begins zeroed; response_head_clear at the end. */
struct response_head {
    arena *memory; /* while headers are being collected */
    size_t taken_bytes;
    int status;
    struct header *all; /* in memory */
    size_t count;
    bool is_complete, is_new;
};

/* Reads one line with its line end. Interim answers (RFC 9110 §15.2) and trailers are skipped.
 * false: the headers are too many or too large (limits.h), or it is not HTTP. */
MUST_USE bool response_head_line(struct response_head *head, str line);

/* True once: after the line that completed the head. */
bool response_head_is_new(struct response_head *head);

void response_head_clear(
    struct response_head *head); /* forgets the headers, not that it is complete */

#endif

/* Reads the status line and the headers of a response, line by line. */
#ifndef HTTP_RESPONSE_HEAD_H
#define HTTP_RESPONSE_HEAD_H

#include "http/message.h"

/* The state of the reader. Begins zeroed; clear it with response_head_clear. */
struct response_head {
    arena *memory; /* exists while headers are being collected */
    size_t taken_bytes;
    int status;
    struct header *all; /* allocated in `memory` */
    size_t count;
    bool is_complete, is_new;
};

/* Reads one line with its line end. Skips interim responses (RFC 9110 §15.2) and trailers. Returns
 * false if the head is malformed or exceeds its limits (limits.h). */
MUST_USE bool response_head_line(struct response_head *head, str line);

/* Returns true once, after the line that completed the head. */
bool response_head_is_new(struct response_head *head);

/* Frees the headers, but remembers that the head is complete. */
void response_head_clear(struct response_head *head);

#endif

/* The header fields that determine where a message ends and which host it is for, and their valid
 * values. These functions do no I/O. */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include "http/head.h"
#include "http/message.h"

/* What the head says about the rest of the message. */
struct framing {
    bool is_http10, keep_alive;
    bool has_body, is_chunked;
    bool expects_continue;
    uint64_t length; /* the length of a body that is not chunked */
};

/* Checks the headers and fills in *framing, except for is_http10, which must be set before, and
 * keep_alive. Returns false and fills in *why if the message is refused. */
bool framing_read(const struct headers *headers, struct framing *framing, struct refusal *why);

#endif

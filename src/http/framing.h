/* The header fields that decide where a message ends and which host it is for, and the values they
 * may have. Pure functions. */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include "http/head.h"
#include "http/message.h"

/* What the head said about the rest of the message. */
struct framing {
    bool is_http10, keep_alive;
    bool has_body, is_chunked;
    bool expects_continue;
    uint64_t length; /* of a body that is not chunked */
};

/* Judges the headers and fills in all but is_http10, which must be set, and keep_alive.
 * false: why says more. */
bool framing_read(const struct headers *headers, struct framing *framing, struct refusal *why);

#endif

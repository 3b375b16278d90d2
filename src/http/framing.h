/* The header fields that determine where a message ends and which host it is for. */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include "http/head.h"
#include "http/message.h"

/* How the rest of the message is framed. */
struct framing {
    bool is_http10, keep_alive;
    bool has_body, is_chunked;
    bool expects_continue;
    uint64_t length; /* the length of a body that is not chunked */
};

/* Checks the headers and fills in *framing; is_http10 and keep_alive must be set before. Returns
 * false and fills in *why if the message is refused. */
bool framing_read(const struct headers *headers, struct framing *framing, struct refusal *why);

#endif

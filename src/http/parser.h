/* One message through llhttp: the only place that knows it. Fed by connection.c, without sockets by
 * the fuzzer. */
#ifndef HTTP_PARSER_H
#define HTTP_PARSER_H

#include "base/buf.h"
#include "http/framing.h"

struct parser;

enum body_state {
    BODY_MORE,     /* every byte was used and there is more to come */
    BODY_DONE,     /* the message is complete */
    BODY_TRAILERS, /* the last chunk was read: a block of header lines follows (RFC 9112 §7.1.2) */
    BODY_REFUSED,
};

struct parser *parser_new(arena *a); /* for one message; lives as long as the arena */

/* block: a whole header block that head_scan has passed, in memory of the arena, which the request
 * then points into. `fields`: how many header lines it has. */
bool parser_read_head(struct parser *parser, str block, size_t fields, struct request *out,
                      struct refusal *why);
const struct framing *parser_framing(const struct parser *parser);

/* Only for a message with a body. `used` says how far bytes went; into: NULL discards. */
enum body_state parser_read_body(struct parser *parser, str bytes, buf *into, size_t *used,
                                 struct refusal *why);

#endif

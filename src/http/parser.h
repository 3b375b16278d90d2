/* The parser of one request, on llhttp. */
#ifndef HTTP_PARSER_H
#define HTTP_PARSER_H

#include "base/buf.h"
#include "http/framing.h"

struct parser;

enum body_state {
    BODY_MORE, /* more bytes are expected */
    BODY_DONE, /* the message is complete */
    /* the last chunk was read; trailers follow (RFC 9112 §7.1.2) */
    BODY_TRAILERS,
    BODY_REFUSED,
};

/* Returns a parser for one message, allocated in the arena. */
struct parser *parser_new(arena *a);

/* Parses a header block that head_scan has accepted, with this number of header lines. The block
 * must be in the arena, because the request points into it. Returns false and fills in *why if the
 * request is refused. */
bool parser_read_head(struct parser *parser, str block, size_t fields, struct request *out,
                      struct refusal *why);
const struct framing *parser_framing(const struct parser *parser);

/* Parses the next bytes of the body, and stores the number used in *used. Appends the body to
 * `into`, or discards it if that is NULL. For BODY_REFUSED, fills in *why. */
enum body_state parser_read_body(struct parser *parser, str bytes, buf *into, size_t *used,
                                 struct refusal *why);

#endif

/* The parser of one request. No other file uses llhttp. Its input comes from input.c or from the
 * fuzzer. */
#ifndef HTTP_PARSER_H
#define HTTP_PARSER_H

#include "base/buf.h"
#include "http/framing.h"

struct parser;

enum body_state {
    BODY_MORE, /* all bytes were used, and more are expected */
    BODY_DONE, /* the message is complete */
    /* the last chunk was read, and a block of header lines follows (RFC 9112 §7.1.2) */
    BODY_TRAILERS,
    BODY_REFUSED,
};

/* returns a parser for one message, which lives as long as the arena */
struct parser *parser_new(arena *a);

/* Parses a whole header block that head_scan has accepted and that has this number of header lines.
 * The block must be in the arena, because the request points into it. Returns false and fills in
 * *why if the request is refused. */
bool parser_read_head(struct parser *parser, str block, size_t fields, struct request *out,
                      struct refusal *why);
const struct framing *parser_framing(const struct parser *parser);

/* Parses the next bytes of the body, for a message that has one, and stores in *used how many bytes
 * were used. The body is appended to `into`, or discarded if that is NULL. For BODY_REFUSED, *why
 * is filled in. */
enum body_state parser_read_body(struct parser *parser, str bytes, buf *into, size_t *used,
                                 struct refusal *why);

#endif

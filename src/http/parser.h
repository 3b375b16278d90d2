/* The parser of one request, around llhttp, which nothing else knows. Its input comes from input.c,
 * or from the fuzzer. */
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

/* block: a whole header block that head_scan has accepted, in the arena; the request points into
 * it. fields: how many header lines it has. false: why says more. */
bool parser_read_head(struct parser *parser, str block, size_t fields, struct request *out,
                      struct refusal *why);
const struct framing *parser_framing(const struct parser *parser);

/* Only for a message with a body. *used: how many bytes were read. into: gets the body; NULL
 * discards it.
 */
enum body_state parser_read_body(struct parser *parser, str bytes, buf *into, size_t *used,
                                 struct refusal *why);

#endif

/* multipart/form-data, a part at a time (RFC 7578). The whole body is in memory. */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "http/form.h"

struct multipart {
    str delimiter; /* CRLF "--" boundary */
    str rest;      /* not read yet; begins after a delimiter */
    bool at_end;
};

/* Begins to read a body, which must outlive *out. INVALID: the boundary is malformed (RFC 2046
 * §5.1.1), or the body does not begin with it. */
MUST_USE agentos_status multipart_open(arena *a, str boundary, str body, struct multipart *out,
                                       agentos_error *err);

/* Reads the next part. After the last one, *more is false and *out untouched. INVALID: malformed.
 * Names and values are views of the body, or in the arena if they were escaped. */
MUST_USE agentos_status multipart_next(struct multipart *m, arena *a, struct form_field *out,
                                       bool *more, agentos_error *err);

#endif

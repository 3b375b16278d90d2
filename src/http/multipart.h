/* multipart/form-data, a part at a time (RFC 7578). The whole body is in memory. */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "http/form.h"

struct multipart {
    str delimiter; /* CRLF "--" boundary */
    str rest;      /* what was not read yet; begins behind a delimiter */
    bool at_end;
};

/* INVALID: the boundary is malformed (RFC 2046 §5.1.1), or the body does not begin with it. */
MUST_USE agentos_status multipart_open(arena *a, str boundary, str body, struct multipart *out,
                                       agentos_error *err);

/* The next part; *more is false, and *out untouched, behind the last one. INVALID: malformed. Names
 * and values are views of the body, but for unescaped names. */
MUST_USE agentos_status multipart_next(struct multipart *m, arena *a, struct form_field *out,
                                       bool *more, agentos_error *err);

#endif

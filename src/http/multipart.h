/* Parses multipart/form-data (RFC 7578), one part at a time. */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "http/form.h"

struct multipart {
    str delimiter; /* CRLF, "--" and the boundary */
    str rest;      /* the text that has not been read yet; begins after a delimiter */
    bool at_end;
};

/* Begins to parse a body, which must outlive *out. Returns INVALID if the boundary is malformed
 * (RFC 2046 §5.1.1) or does not begin a line of the body. */
MUST_USE agentos_status multipart_open(arena *a, str boundary, str body, struct multipart *out,
                                       agentos_error *err);

/* Parses the next part into *out. After the last part, *more is false and *out is unchanged.
 * Returns INVALID if the part is malformed. Names and values are views of the body, or allocated in
 * the arena if they have escapes. */
MUST_USE agentos_status multipart_next(struct multipart *m, arena *a, struct form_field *out,
                                       bool *more, agentos_error *err);

#endif

/* Header values with parameters: `form-data; name="a"` (RFC 9110 §5.6.6). */
#ifndef HTTP_PARAMETER_H
#define HTTP_PARAMETER_H

#include "base/arena.h"

enum { PARAMETERS_MAX = 8 };

struct parameters {
    str head; /* what stands before the first ';' */
    size_t count;
    struct {
        str name, value;
    } all[PARAMETERS_MAX];
};

/* Parses a header value. INVALID: not name=value pairs, a repeated name, or more than
 * PARAMETERS_MAX. Values are views of text, or in the arena if they contain escapes. */
MUST_USE agentos_status parameters_parse(arena *a, str text, struct parameters *out,
                                         agentos_error *err);

/* The value of a parameter, by its name in any case; false: there is none. value may be NULL. */
bool parameters_find(const struct parameters *parameters, str name, str *value);

#endif

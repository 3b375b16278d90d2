/* Header values with parameters, such as `form-data; name="a"` (RFC 9110 §5.6.6). */
#ifndef HTTP_PARAMETER_H
#define HTTP_PARAMETER_H

#include "base/arena.h"

enum { PARAMETERS_MAX = 8 };

struct parameters {
    str head; /* the text before the first ';' */
    size_t count;
    struct {
        str name, value;
    } all[PARAMETERS_MAX];
};

/* Parses a header value into *out. Returns INVALID if it is malformed, a name is repeated, or there
 * are more than PARAMETERS_MAX parameters. Values are views of the text, or allocated in the arena
 * if they have escapes. */
MUST_USE agentos_status parameters_parse(arena *a, str text, struct parameters *out,
                                         agentos_error *err);

/* Finds a parameter by name, ignoring case, and stores its value. Returns false if there is none.
 * value may be NULL. */
bool parameters_find(const struct parameters *parameters, str name, str *value);

#endif

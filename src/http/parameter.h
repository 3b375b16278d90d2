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

/* INVALID: not name=value pairs, one named twice, more than PARAMETERS_MAX. Values are views of
 * text; quoted ones that contain escapes are copied to the arena. */
MUST_USE agentos_status parameters_parse(arena *a, str text, struct parameters *out,
                                         agentos_error *err);

/* By name, case-insensitive; false: none. */
bool parameters_find(const struct parameters *parameters, str name, str *value);

#endif

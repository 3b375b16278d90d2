/* Path patterns, such as "/agents/{agent_id}/runs", where a {name} is one non-empty segment; and
 * globs. */
#ifndef HTTP_PATTERN_H
#define HTTP_PATTERN_H

#include "base/str.h"

enum { PARAMS_MAX = 4 };

struct params {
    size_t count;
    struct {
        str name, value;
    } all[PARAMS_MAX];
};

/* Returns true if the pattern matches the whole path. Both begin with a slash. *params is written
 * only on success, with views of the pattern and the path. */
bool pattern_match(const char *pattern, str path, struct params *params);

/* Returns the value of {name}, or an empty text if the pattern has no such segment. */
str params_get(const struct params *params, const char *name);

/* Returns true if the glob matches the whole text: '*' is any bytes, including '/', and '?' is one
 * byte. Brackets have no special meaning. */
bool glob_match(str glob, str text);

#endif

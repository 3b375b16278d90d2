/* Path patterns: "/agents/{agent_id}/runs", where a {name} stands for one non-empty segment; and
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

/* Does the pattern match the whole path? Both start with a slash. *params is written on success
 * only; its texts are views of pattern and path. */
bool pattern_match(const char *pattern, str path, struct params *params);

/* The value of {name}; empty if the pattern has no such segment. */
str params_get(const struct params *params, const char *name);

/* Does the glob match the whole text? As in excluded_routes and scope mappings: '*' stands for any
 * bytes, '/' among them, and '?' for one. Brackets are literal. */
bool glob_match(str glob, str text);

#endif

/* Path patterns: "/agents/{agent_id}/runs", where a {name} stands for one non-empty segment. */
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

/* Whole-path match; fills params on success only. Both paths start with a slash. */
bool pattern_match(const char *pattern, str path, struct params *params);

/* The value of {name}; empty when the pattern has no such segment. */
str params_get(const struct params *params, const char *name);

/* Shell glob as in excluded_routes and scope mappings: '*' stands for any bytes, '/' too; '?' for
 * one. Brackets are literal. */
bool glob_match(str glob, str text);

#endif

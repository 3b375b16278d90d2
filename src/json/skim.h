/* Reads a few texts out of a flat JSON object without building it: for what comes a thousand times
 * a second and nearly always looks the same. Not a parser: whatever is unusual, it leaves to
 * parse.h. */
#ifndef JSON_SKIM_H
#define JSON_SKIM_H

#include "base/str.h"

enum { SKIM_MEMBERS_MAX = 16 };

struct skimmed {
    const char *name;
    str text; /* a view; ptr is NULL where there is no such member or it is no text */
};

/* false: not flat, an escape, a fraction, many members, or no JSON: json_parse will say. true:
 * json_parse would accept the same bytes and find the same texts. */
bool json_skim(str text, struct skimmed *wanted, size_t count);

#endif

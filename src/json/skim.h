/* Finds a few texts in a flat JSON object without building values. Anything unusual is left to
 * parse.h. */
#ifndef JSON_SKIM_H
#define JSON_SKIM_H

#include "base/str.h"

enum { SKIM_MEMBERS_MAX = 16 };

struct skimmed {
    const char *name;
    str text; /* a view; ptr is NULL if the member is absent or not a text */
};

/* Sets the `text` of each member. Returns true if json_parse would accept the same bytes and find
 * the same texts. Returns false if the object is not flat, has an escape, a fraction or many
 * members, or is not JSON; json_parse must be called then. */
bool json_skim(str text, struct skimmed *members, size_t count);

#endif

/* A skimmer of flat JSON objects: it finds a few texts without building values, for input that
 * comes a thousand times a second and nearly always looks the same. Whatever is unusual it leaves
 * to parse.h. */
#ifndef JSON_SKIM_H
#define JSON_SKIM_H

#include "base/str.h"

enum { SKIM_MEMBERS_MAX = 16 };

struct skimmed {
    const char *name;
    str text; /* a view; ptr is NULL if there is no such member, or it is not a text */
};

/* Sets `text` of each wanted member. true: json_parse would accept the same bytes and find the same
 * texts. false: text is not flat, has an escape, a fraction or many members, or is not JSON, and
 * json_parse must be asked. */
bool json_skim(str text, struct skimmed *wanted, size_t count);

#endif

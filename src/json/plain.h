/* A quick reader of plain JSON, which is nearly all of it: names and texts without escapes,
 * integers, literals. It refuses nothing: anything else is left to jansson, whose verdict and
 * sentence count. */
#ifndef JSON_PLAIN_H
#define JSON_PLAIN_H

#include <jansson.h>

#include "base/str.h"

/* A reference that the caller owns. NULL: an escape, a fraction, a long number, a scalar alone, a
 * repeated name, more than JSON_MAX_DEPTH levels, or no JSON at all. Otherwise jansson, told to
 * refuse duplicates, would accept the same bytes and make an equal value. */
json_t *json_read_plain(str text);

#endif

/* A fast reader for plain JSON: names and texts without escapes, integers and literals. Other texts
 * are left to jansson. */
#ifndef JSON_PLAIN_H
#define JSON_PLAIN_H

#include <jansson.h>

#include "base/str.h"

/* Returns a value that the caller owns, or NULL if the text has an escape, a fraction, a long
 * number, only a scalar, a repeated name, or more than JSON_MAX_DEPTH levels, or is not JSON. If it
 * returns a value, jansson would accept the same bytes, even if told to refuse duplicates, and make
 * an equal value. */
json_t *json_read_plain(str text);

#endif

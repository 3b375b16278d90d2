/* The quick way into JSON, for what nearly all of it is: names and texts without escapes, integers,
 * literals. It refuses nothing: what is not plain, it leaves to jansson, whose verdict and sentence
 * count. */
#ifndef JSON_PLAIN_H
#define JSON_PLAIN_H

#include <jansson.h>

#include "base/str.h"

/* The caller's reference. NULL: an escape, a fraction, a long number, a scalar alone, a name twice,
 * more than JSON_MAX_DEPTH levels, or no JSON at all. Otherwise jansson, told to refuse duplicates,
 * would accept the same bytes and make an equal value. */
json_t *json_read_plain(str text);

#endif

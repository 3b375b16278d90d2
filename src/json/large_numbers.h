/* Numbers of JSON that jansson cannot hold. Used inside this room only. */
#ifndef JSON_LARGE_NUMBERS_H
#define JSON_LARGE_NUMBERS_H

#include "base/buf.h"

/* Appends the text to out with "e0" behind each integer of 19 to 300 digits, which makes it a real
 * number. Anything else is left as it is, so the parser refuses what is not JSON and what fits no
 * real number. The result has at most twice the bytes of the text. */
void large_numbers_rewrite(str text, buf *out);

#endif

/* Rewrites JSON integers that jansson cannot hold. Private to this folder. */
#ifndef JSON_LARGE_NUMBERS_H
#define JSON_LARGE_NUMBERS_H

#include "base/buf.h"

/* Appends the text to out, with "e0" after each integer of 19 to 300 digits to make it a real
 * number. The result has at most twice the bytes of the text. */
void large_numbers_rewrite(str text, buf *out);

#endif

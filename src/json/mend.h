/* A lenient JSON reader for what model providers send, so that members that nobody reads do not
 * make an answer unreadable. It must not be used for anything that decides who may do what:
 * json/parse.h is for that. */
#ifndef JSON_MEND_H
#define JSON_MEND_H

#include "json/parse.h"

/* Does the same as json_parse_owned with PARSE_NUL_ALLOWED, but also accepts a byte order mark, NaN
 * and Infinity (as null), and numbers that do not fit (as null, or rounded). In texts, bytes that
 * are not UTF-8, unpaired surrogates and control characters become U+FFFD. If one object has a name
 * twice, the last member counts. A text of more than 256 KiB is read so even if it has no fault:
 * its \u0000 become U+FFFD too. The limits on values and depth are the same. */
MUST_USE agentos_status json_parse_mended(str text, json_t **out, agentos_error *err);

#endif

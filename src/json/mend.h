/* A lenient JSON reader for the responses of model providers. Never for authorization: use
 * json/parse.h. */
#ifndef JSON_MEND_H
#define JSON_MEND_H

#include "json/parse.h"

/* Like json_parse_owned with PARSE_NUL_ALLOWED, but also accepts a byte order mark, NaN and
 * Infinity (as null), and numbers that do not fit (as null, or rounded). In texts, invalid UTF-8,
 * unpaired surrogates and control characters become U+FFFD. Of members with the same name, the last
 * one counts. */
MUST_USE agentos_status json_parse_mended(str text, json_t **out, agentos_error *err);

#endif

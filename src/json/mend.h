/* A lenient reader of JSON, for what model providers send: members that nobody reads must not make
 * an answer unreadable. Never for what decides who may do what: json/parse.h is for that. */
#ifndef JSON_MEND_H
#define JSON_MEND_H

#include "json/parse.h"

/* As json_parse_owned, but takes what parse.h with PARSE_NUL_ALLOWED would take, and also a byte
 * order mark, NaN, Infinity and numbers that do not fit (null, or a rounded number), characters
 * that are not UTF-8, halves of surrogate pairs and control characters in texts (U+FFFD), and a
 * name twice in one object (the last counts). The bounds on values and depth hold as there. */
MUST_USE agentos_status json_parse_mended(str text, json_t **out, agentos_error *err);

#endif

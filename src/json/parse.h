/* Parses JSON strictly: one value, no duplicate members, valid UTF-8 and limited depth. */
#ifndef JSON_PARSE_H
#define JSON_PARSE_H

#include <jansson.h>

#include "base/arena.h"

DEFINE_AUTO(json_t, json_decref);

/* PARSE_STRICT accepts an object or an array, and PARSE_SCALARS_TOO accepts any value.
 * PARSE_LARGE_NUMBERS also accepts integers beyond 64 bits, which become real numbers; it is for
 * tokens, most of whose claims nobody reads. PARSE_NUL_ALLOWED also accepts \u0000 in strings; it
 * is only for events of providers, which may have PROVIDER_JSON_VALUES_MAX values. Such a string
 * has a length (json_string_length) beyond its first NUL. PARSE_LAST_COUNTS is like it, but if
 * members have the same name, the last one counts; it is only for json/mend.h. */
enum json_strictness {
    PARSE_STRICT,
    PARSE_NUL_ALLOWED,
    PARSE_SCALARS_TOO,
    PARSE_LAST_COUNTS,
    PARSE_LARGE_NUMBERS,
};

/* Parses the text into a value that is released with the arena. Returns INVALID if the text is not
 * JSON, has a duplicate member (RFC 8725 §2.4), or is nested deeper than JSON_MAX_DEPTH. The text
 * is borrowed for the call. */
MUST_USE agentos_status json_parse(arena *a, str text, const json_t **out, agentos_error *err);

/* As json_parse, but the caller owns *out and must release it with json_decref. */
MUST_USE agentos_status json_parse_owned(str text, enum json_strictness strictness, json_t **out,
                                         agentos_error *err);

/* Hands a value that the caller owns to the arena, which releases it, and returns the value. */
const json_t *json_keep(arena *a, json_t *json);

/* Returns whether the text has more than `most` values, counting itself, members and elements.
 * Malformed texts may be miscounted. */
bool json_has_more_values(str text, size_t most);

/* Returns whether the text is nested deeper than this many levels. */
bool json_is_deeper(str text, int levels);

/* Returns the member if it is a string without NUL, otherwise NULL. The text is borrowed from the
 * object. */
const char *json_text(const json_t *object, const char *name);

/* Returns the bytes of a string, with any NUL, borrowed from the value; empty if the value is NULL
 * or of another type. */
str json_view(const json_t *value);

/* Returns the member if it is an integer, otherwise the fallback. */
int64_t json_int(const json_t *object, const char *name, int64_t fallback);

#endif

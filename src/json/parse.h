/* Text to JSON, strictly: one value, no duplicate members, valid UTF-8, bounded depth. */
#ifndef JSON_PARSE_H
#define JSON_PARSE_H

#include <jansson.h>

#include "base/arena.h"

DEFINE_AUTO(json_t, json_decref);

/* PARSE_STRICT takes an object or an array; PARSE_SCALARS_TOO any value. PARSE_LARGE_NUMBERS also
 * takes integers beyond 64 bits, which become real numbers: for tokens, most of whose claims nobody
 * reads. PARSE_NUL_ALLOWED accepts
 * \u0000 inside strings: for provider events only, which may have PROVIDER_JSON_VALUES_MAX values.
 * Such a string has a length (json_string_length) beyond its first NUL. PARSE_LAST_COUNTS takes the
 * last of members with one name, and is otherwise the same; it is for json/mend.h only. */
enum json_strictness {
    PARSE_STRICT,
    PARSE_NUL_ALLOWED,
    PARSE_SCALARS_TOO,
    PARSE_LAST_COUNTS,
    PARSE_LARGE_NUMBERS,
};

/* Parses text; the value is released with the arena. INVALID: not JSON, a duplicate member (RFC
 * 8725 §2.4), or deeper than JSON_MAX_DEPTH. text is borrowed for the call. */
MUST_USE agentos_status json_parse(arena *a, str text, const json_t **out, agentos_error *err);

/* As json_parse, but the caller owns *out and releases it with json_decref. */
MUST_USE agentos_status json_parse_owned(str text, enum json_strictness strictness, json_t **out,
                                         agentos_error *err);

/* Ties a value that the caller owns to the arena, which releases it; returns it. */
const json_t *json_keep(arena *a, json_t *json);

/* Whether there are more than that many values in text: itself, members and elements are counted
 * alike. It skims and builds nothing. Malformed text may be miscounted; parsing refuses it. */
bool json_has_more_values(str text, size_t most);

/* Is text nested deeper than that many levels? For values that are stored inside others. */
bool json_is_deeper(str text, int levels);

/* A member that is a string without NUL; NULL: absent or something else. Borrowed from object. */
const char *json_text(const json_t *object, const char *name);

/* The bytes of a string, with any NUL in it; empty: NULL or another type. Borrowed from value. */
str json_view(const json_t *value);

/* A member that is an integer; fallback: absent or something else. */
int64_t json_int(const json_t *object, const char *name, int64_t fallback);

#endif

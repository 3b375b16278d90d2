/* Names and values from outside: query strings, urlencoded and multipart bodies, Cookie headers. */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include "http/message.h"

struct form_field {
    str name, value;
    bool is_file; /* a multipart part with a filename */
    str filename, content_type;
};

struct form {
    const struct form_field *fields;
    size_t count;
};

/* Percent-decodes text; in a form, '+' is a blank. INVALID: a '%' that is not followed by two hex
 * digits, or a result that is not UTF-8 or holds NUL. *out is from the arena. */
MUST_USE agentos_status url_decode(arena *a, str text, bool is_form, str *out, agentos_error *err);

/* `a=1&b=2`, at most `max` fields. INVALID: bad escapes, too many fields. */
MUST_USE agentos_status form_parse_query(arena *a, str query, size_t max, struct form *out,
                                         agentos_error *err);

/* A body by its Content-Type: application/x-www-form-urlencoded or multipart/form-data (RFC 7578).
 * Any other or no type: an empty form, as the contract has it. INVALID: malformed, too many fields.
 */
MUST_USE agentos_status form_parse_body(arena *a, const struct headers *headers, str body,
                                        struct form *out, agentos_error *err);

/* The last field of this name that is not a file; NULL: there is none. */
const str *form_find(const struct form *form, str name);

/* Returns how many cookies of this name are in the Cookie headers, all of which are counted. */
size_t cookie_count(const struct headers *headers, str name);

/* The first cookie of this name in the Cookie headers (RFC 6265 §5.4), a view of them. false: there
 * is none among the first COOKIES_MAX. */
bool cookie_find(const struct headers *headers, str name, str *value);

#endif

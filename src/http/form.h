/* Parses query strings, urlencoded and multipart bodies, and Cookie headers. */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include "http/message.h"

struct form_field {
    str name, value;
    bool is_file; /* set for a part of a multipart body that has a filename */
    str filename, content_type;
};

struct form {
    const struct form_field *fields;
    size_t count;
};

/* Percent-decodes the text into *out, allocated in the arena. In a form, '+' is a space. Returns
 * INVALID if an escape is malformed, or the result is not UTF-8 or contains NUL. */
MUST_USE agentos_status url_decode(arena *a, str text, bool is_form, str *out, agentos_error *err);

/* Parses a query such as `a=1&b=2`. Returns INVALID if an escape is malformed or there are more
 * than `max` fields. */
MUST_USE agentos_status form_parse_query(arena *a, str query, size_t max, struct form *out,
                                         agentos_error *err);

/* Parses a body of type application/x-www-form-urlencoded or multipart/form-data (RFC 7578). For
 * any other type, the form is empty. Returns INVALID if the body is malformed, has too many fields,
 * or has more than one Content-Type. */
MUST_USE agentos_status form_parse_body(arena *a, const struct headers *headers, str body,
                                        struct form *out, agentos_error *err);

/* Returns the value of the last field of this name that is not a file, or NULL. */
const str *form_find(const struct form *form, str name);

/* Returns the number of cookies of this name in all Cookie headers. */
size_t cookie_count(const struct headers *headers, str name);

/* Finds the first cookie of this name (RFC 6265 §5.4) among the first COOKIES_MAX, and stores a
 * view of its value. Returns false if there is none. */
bool cookie_find(const struct headers *headers, str name, str *value);

#endif

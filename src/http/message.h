/* Requests and replies, apart from the connections that carry them. */
#ifndef HTTP_MESSAGE_H
#define HTTP_MESSAGE_H

#include "base/arena.h"
#include "base/str.h"

enum method { METHOD_OTHER, GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, METHOD_COUNT };

const char *method_name(enum method method); /* "OTHER" for METHOD_OTHER */
enum method method_find(str name);

struct header {
    str name, value;
};

struct headers {
    const struct header *all;
    size_t count;
};

/* The first header of this name, in any case; false: there is none. value may be NULL. */
bool headers_find(const struct headers *headers, str name, str *value);
size_t headers_count(const struct headers *headers, str name);

/* Everything is borrowed from the exchange's arena. */
struct request {
    enum method method;
    str method_text;
    str target; /* as sent */
    str path;   /* percent-decoded; trailing slashes stripped, but for "/" */
    str query;  /* raw, without the '?' */
    struct headers headers;
    str body;           /* empty until exchange_read_body has read it */
    const char *peer;   /* address text */
    bool is_plain_path; /* false: an encoded slash, backslash, NUL, a dot segment, a broken
                           escape or invalid UTF-8; to be answered 400 */
};

struct reply {
    int status;
    const char *content_type; /* NULL: none */
    const struct header *headers;
    size_t header_count;
    str body;
};

/* "Not Found" */
const char *status_reason(int status);

#endif

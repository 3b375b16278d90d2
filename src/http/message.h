/* Requests and replies, independent of the connections that carry them. */
#ifndef HTTP_MESSAGE_H
#define HTTP_MESSAGE_H

#include "base/arena.h"
#include "base/str.h"

enum method { METHOD_OTHER, GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, METHOD_COUNT };

const char *method_name(enum method method); /* returns "OTHER" for METHOD_OTHER */
enum method method_find(str name);

struct header {
    str name, value;
};

struct headers {
    const struct header *all;
    size_t count;
};

/* Finds the first header of this name, ignoring case. Returns false if there is none. value may be
 * NULL. */
bool headers_find(const struct headers *headers, str name, str *value);
size_t headers_count(const struct headers *headers, str name);

/* A request. All its texts are borrowed from the exchange's arena. */
struct request {
    enum method method;
    str method_text;
    str target; /* as it was sent */
    str path;   /* percent-decoded, without trailing slashes unless it is "/" */
    str query;  /* as it was sent, without the '?' */
    struct headers headers;
    str body;         /* empty until exchange_read_body has read it */
    const char *peer; /* the address of the client, as text */
    /* False if the path has an encoded slash, a backslash, a NUL, a dot segment, a malformed escape
     * or invalid UTF-8. Such a request must be answered with 400. */
    bool is_plain_path;
};

struct reply {
    int status;
    const char *content_type; /* may be NULL */
    const struct header *headers;
    size_t header_count;
    str body;
    /* NULL, or the memory from malloc that holds the body. What is not sent at once is then not
     * copied: the server takes the memory over and sets *memory to NULL. */
    char **memory;
};

/* Returns the reason phrase of a status, such as "Not Found". */
const char *status_reason(int status);

#endif

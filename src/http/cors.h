/* Cross-origin resource sharing (Fetch standard). */
#ifndef HTTP_CORS_H
#define HTTP_CORS_H

#include "http/message.h"

enum { CORS_HEADERS_MAX = 8 };

struct cors {
    const char *const *origins; /* compared byte for byte */
    size_t count;
};

struct cors_headers {
    struct header all[CORS_HEADERS_MAX];
    size_t count;
};

/* Returns true if the origin is in the list. */
bool cors_allows(const struct cors *cors, str origin);

/* Returns true for an OPTIONS request with Origin and Access-Control-Request-Method. */
bool cors_is_preflight(const struct request *request);

/* Writes the response to a preflight to *out: 200 "OK", or 400 "Disallowed CORS origin". Its
 * headers are allocated in the arena. */
void cors_preflight(const struct cors *cors, const struct request *request, arena *a,
                    struct reply *out);

/* Writes the CORS headers of an ordinary response to *out. is_auth_error is set for a 401, 403 or
 * 429 of the authentication. */
void cors_answer(const struct cors *cors, const struct request *request, bool is_auth_error,
                 struct cors_headers *out);

#endif

/* Cross-origin resource sharing (Fetch standard), with the headers of the contract. The
 * configuration lists the origins. */
#ifndef HTTP_CORS_H
#define HTTP_CORS_H

#include "http/message.h"

enum { CORS_HEADERS_MAX = 8 };

struct cors {
    const char *const *origins; /* exact matches */
    size_t count;
};

struct cors_headers {
    struct header all[CORS_HEADERS_MAX];
    size_t count;
};

/* Is the origin in the list? */
bool cors_allows(const struct cors *cors, str origin);

/* Is it OPTIONS with Origin and Access-Control-Request-Method? */
bool cors_is_preflight(const struct request *request);

/* Fills in the answer to a preflight: 200 "OK" or 400 "Disallowed CORS origin". Its headers are
 * from the arena. */
void cors_preflight(const struct cors *cors, const struct request *request, arena *a,
                    struct reply *out);

/* Headers for an ordinary answer; is_auth_error: one of the 401/403 that authentication gave. */
void cors_answer(const struct cors *cors, const struct request *request, bool is_auth_error,
                 struct cors_headers *out);

#endif

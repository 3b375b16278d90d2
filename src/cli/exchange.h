/* One request to a running server: it may run beside others on the same event loop. */
#ifndef CLI_EXCHANGE_H
#define CLI_EXCHANGE_H

#include "cli/remote.h"

struct exchange {
    const struct remote *remote; /* borrowed, like the request, until the end */
    const struct remote_request *request;
    /* Receives the body of a 2xx response in parts. NULL: it is kept in `body`. */
    void (*on_data)(struct exchange *self, str bytes);
    void (*on_end)(struct exchange *self); /* called once, unless the exchange is cancelled */

    struct fetch *fetch; /* NULL before the start and after the end */
    int status;          /* of HTTP; 0 before the head of the response */
    buf body;
    agentos_error why; /* at the end; .status is not OK if no whole response has come */
};

/* Sends the request. Nothing is called before this returns. */
void exchange_start(struct exchange *self, arena *a);
void exchange_cancel(struct exchange *self); /* on_end is not called any more */
void exchange_clear(struct exchange *self);  /* also cancels; does nothing if zeroed */

/* Returns UPSTREAM with the reason unless a whole 2xx response has come: what the server answered,
 * and what helps against 401, 403, and 404 or 405 at a URL with a path. */
MUST_USE agentos_status exchange_check(const struct exchange *self, arena *a, agentos_error *err);

#endif

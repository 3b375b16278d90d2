/* One HTTP request to a running server. */
#ifndef CLI_EXCHANGE_H
#define CLI_EXCHANGE_H

#include "cli/remote.h"

struct exchange {
    const struct remote *remote; /* borrowed, like the request, until the end */
    const struct remote_request *request;
    /* Receives the body of a 2xx response in parts. NULL stores it in `body`. */
    void (*on_data)(struct exchange *self, str bytes);
    void (*on_end)(struct exchange *self); /* called once, unless the exchange is cancelled */

    struct fetch *fetch; /* NULL before the start and after the end */
    int status;          /* HTTP status; 0 before the response begins */
    buf body;
    agentos_error why; /* the result; .status is not OK without a complete response */
};

/* Sends the request. Calls no callback before it returns. */
void exchange_start(struct exchange *self, arena *a);
void exchange_cancel(struct exchange *self); /* on_end is not called */
void exchange_clear(struct exchange *self);  /* cancels and frees; does nothing if zeroed */

/* Returns UPSTREAM without a complete 2xx response, with the reason and advice on 401, 403, 404 and
 * 405. */
MUST_USE agentos_status exchange_check(const struct exchange *self, arena *a, agentos_error *err);

#endif

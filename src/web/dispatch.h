/* The only path from a request to a handler: it is judged (admission.h), its body is read, and it
 * is answered. */
#ifndef WEB_DISPATCH_H
#define WEB_DISPATCH_H

#include "http/server.h"

/* Implements exchange_handler. `user` is the loop's struct station. */
void dispatch(struct exchange *exchange, void *user);

#endif

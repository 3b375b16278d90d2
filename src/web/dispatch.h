/* The only way from a request to a handler: the request is judged (admission.h), its body is read,
 * and it is answered. */
#ifndef WEB_DISPATCH_H
#define WEB_DISPATCH_H

#include "http/server.h"

/* Implements exchange_handler. `user` is the loop's struct station. Called on the loop's thread. */
void dispatch(struct exchange *exchange, void *user);

#endif

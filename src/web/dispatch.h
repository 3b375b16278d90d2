/* The one way from a request to a handler: judged (admission.h), its body read, answered. */
#ifndef WEB_DISPATCH_H
#define WEB_DISPATCH_H

#include "http/server.h"

/* An exchange_handler; user is the loop's struct station. */
void dispatch(struct exchange *exchange, void *user);

#endif

/* A call that waits a moment for a key that may have been published since
 * (docs/design/security.md 21). */
#ifndef WEB_PARK_H
#define WEB_PARK_H

#include "auth/keys/remote_keys.h"
#include "web/call.h"

/* Calls `then` once a fetch has ended, but two seconds later at most; never for a client that has
 * left. false: there is nothing to wait for (any more), and `then` is not called. */
MUST_USE bool call_park(struct call *call, const struct keys_wanted *wanted,
                        void (*then)(struct call *call));
void call_unpark(
    struct call *call); /* the client left; does nothing where the call is not waiting */

#endif

/* A call that waits a moment for a key that may have been published since
 * (docs/design/security.md 21). */
#ifndef WEB_PARK_H
#define WEB_PARK_H

#include "auth/keys/remote_keys.h"
#include "web/call.h"

/* Go on with `then` once a fetch has ended, PARK_MS later at most; it is not called for a client
 * that leaves. false: there is nothing to wait for (any more). */
MUST_USE bool call_park(struct call *call, const struct keys_wanted *wanted,
                        void (*then)(struct call *call));
void call_unpark(struct call *call); /* the client left; idempotent */

#endif

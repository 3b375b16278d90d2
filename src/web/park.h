/* A call that waits for a short time for a key that may have been published since the last fetch
 * (docs/design/security.md 21). */
#ifndef WEB_PARK_H
#define WEB_PARK_H

#include "auth/keys/remote_keys.h"
#include "web/call.h"

/* Makes the call wait. `then` is called on the loop when a fetch has ended, but after two seconds
 * at the latest, and never if the client has left. Returns false, and never calls `then`, if no
 * fetch can bring the keys any more. */
MUST_USE bool call_park(struct call *call, const struct missing_key *missing_key,
                        void (*then)(struct call *call));
/* Ends the wait because the client has left. Does nothing if the call is not waiting. */
void call_unpark(struct call *call);

#endif

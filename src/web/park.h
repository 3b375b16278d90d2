/* Parks a call until signature keys have been fetched (docs/design/security.md 21). */
#ifndef WEB_PARK_H
#define WEB_PARK_H

#include "auth/keys/remote_keys.h"
#include "web/call.h"

/* Parks the call. `then` is called on the loop when the fetch has ended, after two seconds at most,
 * and never if the client has left. Returns false, without calling `then`, if no fetch can bring
 * the keys. */
MUST_USE bool call_park(struct call *call, const struct missing_key *missing_key,
                        void (*then)(struct call *call));
/* Ends the wait because the client has left. Does nothing if the call is not parked. */
void call_unpark(struct call *call);

#endif

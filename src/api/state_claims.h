/* The members of a session's state that belong to tokens alone (session_state_claims): no client
 * sets them, in a form or by a change of the session, and no earlier token's values live on. */
#ifndef API_STATE_CLAIMS_H
#define API_STATE_CLAIMS_H

#include "run/run.h"
#include "web/call.h"

/* Returns the names for a run of this caller, with the values in their token. The values are from
 * the arena; the names live as long as the call's surface. */
struct claimed_state state_claims_of(const struct call *call, arena *a);

/* Returns a new object without these members, to be released by the caller, or NULL for NULL. */
json_t *state_without_claims(const struct call *call, const json_t *state);

#endif

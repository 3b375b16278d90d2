/* The WWW-Authenticate header of a refusal (RFC 6750 §3). */
#ifndef AUTH_CHALLENGE_H
#define AUTH_CHALLENGE_H

#include "base/arena.h"
#include "base/error.h"

/* Returns the value of the WWW-Authenticate header for this refusal (RFC 6750 §3), allocated in the
 * arena. `scope` lists the scopes that the caller lacks and may be NULL; it is written only for a
 * 403. A request without a credential gets only the realm and no error code. */
const char *auth_challenge(arena *a, const agentos_error *err, bool had_credential,
                           const char *scope);

#endif

/* The WWW-Authenticate header of a refusal (RFC 6750 §3). */
#ifndef AUTH_CHALLENGE_H
#define AUTH_CHALLENGE_H

#include "base/arena.h"
#include "base/error.h"

/* Returns the value of the header for this refusal, allocated from the arena. `scope` lists the
 * missing scopes of a 403 and may be NULL. A request without a credential gets only the realm,
 * without an error code. */
const char *auth_challenge(arena *a, const agentos_error *err, bool had_credential,
                           const char *scope);

#endif

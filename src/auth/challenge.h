/* The WWW-Authenticate header of a refusal (RFC 6750 §3). */
#ifndef AUTH_CHALLENGE_H
#define AUTH_CHALLENGE_H

#include "base/arena.h"
#include "base/error.h"

/* The WWW-Authenticate value for a 401 or 403 (RFC 6750 §3); from the arena. scope: what was asked,
 * or NULL. A request without any credential gets no error code. */
const char *auth_challenge(arena *a, const agentos_error *err, bool had_credential,
                           const char *scope);

#endif

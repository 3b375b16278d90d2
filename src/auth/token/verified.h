/* The principal of a verified token, for requests and for the cache: immutable, counted by
 * references, and readable by any thread. */
#ifndef AUTH_TOKEN_VERIFIED_H
#define AUTH_TOKEN_VERIFIED_H

#include "auth/keys/keyring.h"
#include "auth/scope/ceiling.h"
#include "auth/token/claims.h"

struct verified;

/* Reads the principal of these claims, and takes own, the arena that they live in. claims NULL: a
 * principal without user and scopes. stamp: of the keys, taken before they were tried; only
 * verified_is_current looks at it. The caller's reference. */
struct verified *verified_new_take(arena *own, const json_t *claims,
                                   const struct principal_rules *rules, struct key_stamp stamp);

/* Takes away the scopes that exceed the ceiling, before anyone else has a reference. */
void verified_limit(struct verified *verified, const struct ceiling *ceiling,
                    struct explanation *why);

struct verified *verified_ref(struct verified *verified);
void verified_unref(struct verified *verified); /* NULL is fine */
void verified_release(void *verified);          /* verified_unref, for arena_defer */

const struct principal *verified_principal(const struct verified *verified);

/* Would the token still be verified: it has not expired, and its issuer's keys have not changed?
 * Only while the authority that verified it exists. */
bool verified_is_current(const struct verified *verified, int64_t now_s);

#endif

/* The principal of a verified token, which requests and the cache share. It is immutable, has a
 * reference count, and may be read on any thread. */
#ifndef AUTH_TOKEN_VERIFIED_H
#define AUTH_TOKEN_VERIFIED_H

#include "auth/keys/keyring.h"
#include "auth/scope/ceiling.h"
#include "auth/token/claims.h"

struct verified;

/* Returns a principal that is read from these claims; the caller owns the reference. `own` is the
 * arena of the claims and is taken over. If the claims are NULL, the principal has no user and no
 * scopes. The stamp of the keys must be taken before they were tried; only verified_is_current uses
 * it. */
struct verified *verified_new_take(arena *own, const json_t *claims,
                                   const struct principal_rules *rules, struct key_stamp stamp);

/* Removes the scopes that exceed the ceiling. Must be called before any other reference exists. */
void verified_limit(struct verified *verified, const struct ceiling *ceiling,
                    struct explanation *why);

struct verified *verified_ref(struct verified *verified);
void verified_unref(struct verified *verified); /* NULL is allowed */
/* calls verified_unref; has the type that arena_defer requires */
void verified_release(void *verified);

const struct principal *verified_principal(const struct verified *verified);

/* Returns true if the token would still be accepted, because it has not expired and its issuer's
 * keys have not changed. May only be called while the authority that verified the token exists. */
bool verified_is_current(const struct verified *verified, int64_t now_s);

#endif

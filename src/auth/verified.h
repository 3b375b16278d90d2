/* A verified token's principal, which may be remembered: counted, immutable, any thread. */
#ifndef AUTH_VERIFIED_H
#define AUTH_VERIFIED_H

#include "auth/claims.h"

struct verified;

/* Takes own, the arena that the claims live in; the principal's texts are views into them. */
struct verified *verified_new_take(arena *own, const json_t *claims,
                                   const struct principal_rules *rules);

struct verified *verified_ref(struct verified *verified);
void verified_unref(struct verified *verified); /* NULL is fine */
void verified_release(void *verified);          /* verified_unref, for arena_defer */

const struct principal *verified_principal(const struct verified *verified);

/* Would the claims' expiry still pass? */
bool verified_is_current(const struct verified *verified, int64_t now_s);

#endif

/* A verified token's principal, which may be remembered: counted, immutable, any thread. */
#ifndef AUTH_TOKEN_VERIFIED_H
#define AUTH_TOKEN_VERIFIED_H

#include "auth/keys/keyring.h"
#include "auth/scope/ceiling.h"
#include "auth/token/claims.h"

struct verified;

/* Takes own, the arena that the claims live in; the principal's texts are views into them. stamp:
 * of the keys, from before they were asked; it is looked at by verified_is_current alone. */
struct verified *verified_new_take(arena *own, const json_t *claims,
                                   const struct principal_rules *rules, struct key_stamp stamp);

/* Take from the principal what the ceiling does not let through; before anybody else knows it. */
void verified_limit(struct verified *verified, const struct ceiling *ceiling,
                    struct explanation *why);

struct verified *verified_ref(struct verified *verified);
void verified_unref(struct verified *verified); /* NULL is fine */
void verified_release(void *verified);          /* verified_unref, for arena_defer */

const struct principal *verified_principal(const struct verified *verified);

/* Would it still be verified: not expired, and by keys that have not moved? Only while the
 * authority that verified it lives. */
bool verified_is_current(const struct verified *verified, int64_t now_s);

#endif

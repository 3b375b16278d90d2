/* The principal of a verified token, shared by requests and the cache. Immutable, with a reference
 * count; may be read on any thread. */
#ifndef AUTH_TOKEN_VERIFIED_H
#define AUTH_TOKEN_VERIFIED_H

#include "auth/keys/keyring.h"
#include "auth/scope/ceiling.h"
#include "auth/token/claims.h"

struct verified;

/* Returns a principal read from these claims; the caller owns the reference. Takes over `own`, the
 * arena of the claims. If the claims are NULL, the principal has no user and no scopes. The stamp
 * must be taken before the keys were tried; only verified_is_current uses it. */
struct verified *verified_new_take(arena *own, const json_t *claims,
                                   const struct principal_rules *rules, struct key_stamp stamp);

/* Removes the scopes that exceed the ceiling. Must be called before any other reference exists. */
void verified_limit(struct verified *verified, const struct ceiling *ceiling,
                    struct explanation *why);

struct verified *verified_ref(struct verified *verified);
void verified_unref(struct verified *verified); /* NULL is allowed */
/* calls verified_unref; takes void * for arena_defer */
void verified_release(void *verified);

const struct principal *verified_principal(const struct verified *verified);

/* Returns whether the token has not expired and its issuer's keys have not changed. The authority
 * that verified the token must still exist. */
bool verified_is_current(const struct verified *verified, int64_t now_s);

#endif

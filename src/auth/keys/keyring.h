/* The keys that may have signed a token, with the names by which sentences speak of them: a key set
 * by `kid` first, then static keys in their order. A value that any verifier can own. */
#ifndef AUTH_KEYS_KEYRING_H
#define AUTH_KEYS_KEYRING_H

#include <stdatomic.h>

#include "base/limits.h"
#include "jose/jwks.h"
#include "jose/jws.h"

/* Which state of fetched keys a token was verified under: when the keys change, it must be verified
 * again. changes is borrowed from the remote keys, which live as long as the authority that used
 * them. Any thread. */
struct key_stamp {
    const atomic_uint *changes; /* of the keys; NULL: none of them is ever fetched */
    unsigned seen;
};

static inline bool key_stamp_holds(const struct key_stamp *stamp)
{
    return stamp->changes == NULL ||
           atomic_load_explicit(stamp->changes, memory_order_acquire) == stamp->seen;
}

struct keyring_entry {
    struct key *key; /* a reference of the keyring's */
    const char *name;
};

/* A key to try, borrowed. */
struct candidate {
    const struct key *key;
    const char *name;
};

struct keyring {
    const struct alg *algs[ALGS_MAX]; /* the only ones a token may name */
    size_t alg_count;
    struct jwks *set; /* NULL: none */
    const char *set_name;
    struct keyring_entry entries[STATIC_KEYS_MAX];
    size_t count;
};

/* Reads text as a verification key and appends it once for each of the keyring's algorithms that it
 * fits, because a key is bound to one algorithm (RFC 8725 §3.1). name must live as long as the
 * keyring. Returns INVALID with "NAME: why" if the key fits no algorithm or there is no room. Here
 * and below, a failure can leave some keys in the keyring, which keyring_clear releases. */
MUST_USE agentos_status keyring_add(struct keyring *keyring, const char *name, str text,
                                    enum key_strength strength, agentos_error *err);

/* Reads text as the keyring's key set, of which there can be only one. Returns INVALID with
 * "NAME: why" if text is not a key set or has no usable key. */
MUST_USE agentos_status keyring_set(struct keyring *keyring, const char *name, str text,
                                    enum key_strength strength, agentos_error *err);

void keyring_clear(struct keyring *keyring); /* releases its keys; again is fine */

size_t keyring_count(const struct keyring *keyring);         /* usable keys, of both kinds */
bool keyring_allows(const struct keyring *keyring, str alg); /* the `alg` of a token's header */

enum { KEY_CANDIDATES_MAX = JWKS_CANDIDATES_MAX + STATIC_KEYS_MAX };

/* Fills out with the keys to try on a token with this header, in order, and returns how many there
 * are. */
size_t keyring_candidates(const struct keyring *keyring, str kid, str alg,
                          struct candidate out[KEY_CANDIDATES_MAX]);

#endif

/* The verification keys of one verifier, with their names in messages: a key set, searched by
 * `kid`, and static keys. */
#ifndef AUTH_KEYS_KEYRING_H
#define AUTH_KEYS_KEYRING_H

#include <stdatomic.h>

#include "base/limits.h"
#include "jose/jwks.h"
#include "jose/jws.h"

/* The state of the fetched keys that verified a token. When it changes, the token must be verified
 * again. `changes` is borrowed from the remote keys, which live as long as the authority.
 * Thread-safe. */
struct key_stamp {
    const atomic_uint *changes; /* the keys' counter of changes; NULL if no keys are fetched */
    unsigned seen;
};

static inline bool key_stamp_holds(const struct key_stamp *stamp)
{
    return stamp->changes == NULL ||
           atomic_load_explicit(stamp->changes, memory_order_acquire) == stamp->seen;
}

struct keyring_entry {
    struct key *key; /* the keyring holds a reference */
    const char *name;
};

/* A key to try, with borrowed members. */
struct candidate {
    const struct key *key;
    const char *name;
};

struct keyring {
    const struct alg *algs[ALGS_MAX]; /* the only algorithms that a token may name */
    size_t alg_count;
    struct jwks *set; /* NULL if there is no key set */
    const char *set_name;
    struct keyring_entry entries[STATIC_KEYS_MAX];
    size_t count;
};

/* Reads a verification key and appends it once for each of the keyring's algorithms that it fits,
 * because a key is bound to one algorithm (RFC 8725 §3.1). `name` must live as long as the keyring.
 * Returns INVALID with "NAME: REASON" if the key fits no algorithm or the keyring is full. A
 * failure can leave some keys, which keyring_clear releases. */
MUST_USE agentos_status keyring_add(struct keyring *keyring, const char *name, str text,
                                    enum key_strength strength, agentos_error *err);

/* Reads the keyring's only key set. Returns INVALID with "NAME: REASON" if the text is not a key
 * set or has no usable key. A failure can leave some keys, which keyring_clear releases. */
MUST_USE agentos_status keyring_set(struct keyring *keyring, const char *name, str text,
                                    enum key_strength strength, agentos_error *err);

void keyring_clear(struct keyring *keyring); /* releases the keys; may be called again */

size_t keyring_count(const struct keyring *keyring); /* the usable keys of both kinds */
/* whether a token may use this `alg` */
bool keyring_allows(const struct keyring *keyring, str alg);

enum { KEY_CANDIDATES_MAX = JWKS_CANDIDATES_MAX + STATIC_KEYS_MAX };

/* Fills `out` with the keys to try on a token with this header, in this order, and returns their
 * number. The keys are borrowed from the keyring. */
size_t keyring_candidates(const struct keyring *keyring, str kid, str alg,
                          struct candidate out[KEY_CANDIDATES_MAX]);

#endif

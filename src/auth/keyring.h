/* The keys that may have signed a token, with the names by which sentences speak of them. */
#ifndef AUTH_KEYRING_H
#define AUTH_KEYRING_H

#include "base/limits.h"
#include "jose/jws.h"

struct keyring_entry {
    struct key *key;
    const char *name;
};

struct keyring {
    struct keyring_entry entries[STATIC_KEYS_MAX];
    size_t count;
};

/* Read text as a verification key for alg and append it. name is borrowed for the keyring's life.
 * INVALID with "NAME: why". */
MUST_USE agentos_status keyring_add(struct keyring *keyring, const char *name, str text,
                                    const struct alg *alg, enum key_strength strength,
                                    agentos_error *err);
void keyring_clear(struct keyring *keyring);

/* The keys to try on a token, in order: position counts from 0; NULL: no more. */
const struct keyring_entry *keyring_next(const struct keyring *keyring, size_t *position);

#endif

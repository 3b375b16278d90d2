/* A secret that callers present as it is: the security key, the internal service token. Only its
 * SHA-256 is kept, so it is in no dump, and comparing tells nothing, not even its length. */
#ifndef AUTH_KEYS_SHARED_SECRET_H
#define AUTH_KEYS_SHARED_SECRET_H

#include <openssl/sha.h>

#include "jose/key.h"

struct shared_secret {
    bool is_set; /* nothing equals one that is not */
    unsigned char digest[SHA256_DIGEST_LENGTH];
};

/* text NULL: none. INVALID: "NAME: why", for a short one, a sample from documentation, or a key in
 * any costume; KEY_WEAK_ALLOWED lets the first two pass. */
MUST_USE agentos_status shared_secret_read(const char *name, const char *text,
                                           enum key_strength strength, struct shared_secret *out,
                                           agentos_error *err);

/* Constant time in the secret. */
bool shared_secret_equals(const struct shared_secret *secret, str text);

#endif

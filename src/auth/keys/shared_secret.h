/* A secret that clients send, such as the security key or the internal service token. Only its
 * SHA-256 is stored, which keeps it out of core dumps and hides its length. */
#ifndef AUTH_KEYS_SHARED_SECRET_H
#define AUTH_KEYS_SHARED_SECRET_H

#include <openssl/sha.h>

#include "jose/key.h"

struct shared_secret {
    bool is_set; /* otherwise no text equals it */
    unsigned char digest[SHA256_DIGEST_LENGTH];
};

/* Reads the secret into *out, which must be zeroed. A NULL text means that there is none. Returns
 * INVALID with "NAME: REASON" for a text that is too short, a sample from documentation, or a key
 * in any format; KEY_WEAK_ALLOWED accepts the first two. */
MUST_USE agentos_status shared_secret_read(const char *name, const char *text,
                                           enum key_strength strength, struct shared_secret *out,
                                           agentos_error *err);

/* Returns whether the secret is set and equals the text, in time that does not depend on the
 * secret. */
bool shared_secret_equals(const struct shared_secret *secret, str text);

#endif

/* A secret that clients present as it is: the security key, the internal service token. Only its
 * SHA-256 is kept, so that it is in no core dump and comparing reveals nothing, not even its
 * length. */
#ifndef AUTH_KEYS_SHARED_SECRET_H
#define AUTH_KEYS_SHARED_SECRET_H

#include <openssl/sha.h>

#include "jose/key.h"

struct shared_secret {
    bool is_set; /* false: no text equals it */
    unsigned char digest[SHA256_DIGEST_LENGTH];
};

/* Reads the secret into *out, which must be zeroed. If text is NULL, there is no secret. Returns
 * INVALID with "NAME: why" for a text that is too short, a sample from documentation, or a key in
 * any format; KEY_WEAK_ALLOWED accepts the first two. */
MUST_USE agentos_status shared_secret_read(const char *name, const char *text,
                                           enum key_strength strength, struct shared_secret *out,
                                           agentos_error *err);

/* Returns true if the secret is set and equals the text. Takes a time that does not depend on the
 * secret. */
bool shared_secret_equals(const struct shared_secret *secret, str text);

#endif

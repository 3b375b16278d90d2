/* A secret that clients present as it is, such as the security key or the internal service token.
 * Only its SHA-256 is kept, so that the secret is not in a core dump and a comparison does not
 * reveal even its length. */
#ifndef AUTH_KEYS_SHARED_SECRET_H
#define AUTH_KEYS_SHARED_SECRET_H

#include <openssl/sha.h>

#include "jose/key.h"

struct shared_secret {
    bool is_set; /* if false, no text equals the secret */
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

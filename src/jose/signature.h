/* Signatures in their JWS form (RFC 7518 §3), made and verified by OpenSSL, over any bytes. */
#ifndef JOSE_SIGNATURE_H
#define JOSE_SIGNATURE_H

#include "base/limits.h"
#include "jose/key_parts.h"

enum { SIGNATURE_MAX_BYTES = RSA_MAX_BITS / 8 };

struct signature {
    unsigned char bytes[SIGNATURE_MAX_BYTES];
    size_t len;
};

/* Fills in the contexts of a new key, from its pair or from the secret. INVALID: OpenSSL cannot use
 * it for the key's algorithm. */
MUST_USE agentos_status signature_prepare(struct key *key, str secret, agentos_error *err);

/* Constant time in the signature, but for its length. */
bool signature_is_right(const struct key *key, str input, str signature);

/* INVALID: the key cannot sign. */
MUST_USE agentos_status signature_make(const struct key *key, str input, struct signature *out,
                                       agentos_error *err);

#endif

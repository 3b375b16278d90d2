/* Signatures in their JWS form (RFC 7518 §3), made and checked by OpenSSL. Knows no tokens. */
#ifndef JOSE_SIGNATURE_H
#define JOSE_SIGNATURE_H

#include "base/limits.h"
#include "jose/key_parts.h"

enum { SIGNATURE_MAX_BYTES = RSA_MAX_BITS / 8 };

struct signature {
    unsigned char bytes[SIGNATURE_MAX_BYTES];
    size_t len;
};

/* Fill in the key's contexts from its pair, or from the secret. */
MUST_USE agentos_status signature_prepare(struct key *key, str secret, agentos_error *err);

/* Constant time in the signature; of another length than the algorithm's it is wrong. */
bool signature_is_right(const struct key *key, str input, str signature);

/* INVALID: the key cannot sign. */
MUST_USE agentos_status signature_make(const struct key *key, str input, struct signature *out,
                                       agentos_error *err);

#endif

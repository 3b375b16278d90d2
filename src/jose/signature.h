/* Signatures in the form that JWS uses (RFC 7518 §3), which OpenSSL makes and verifies over any
 * bytes. */
#ifndef JOSE_SIGNATURE_H
#define JOSE_SIGNATURE_H

#include "base/limits.h"
#include "jose/key_parts.h"

enum { SIGNATURE_MAX_BYTES = RSA_MAX_BITS / 8 };

struct signature {
    unsigned char bytes[SIGNATURE_MAX_BYTES];
    size_t len;
};

/* Sets up the context of a new key, from its pair or, if it has none, from the secret. Returns
 * INVALID if OpenSSL cannot use it for the key's algorithm. */
MUST_USE agentos_status signature_prepare(struct key *key, str secret, agentos_error *err);

/* Returns true if the signature of the input is right. The time may depend on the length of the
 * signature, but not on its bytes. Any thread may call this. */
bool signature_is_right(const struct key *key, str input, str signature);

/* Signs the input and stores the signature in *out. Returns INVALID if the key cannot sign, and
 * INTERNAL if OpenSSL fails. */
MUST_USE agentos_status signature_make(const struct key *key, str input, struct signature *out,
                                       agentos_error *err);

#endif

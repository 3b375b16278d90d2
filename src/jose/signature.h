/* Makes and verifies signatures in JWS form (RFC 7518 §3). */
#ifndef JOSE_SIGNATURE_H
#define JOSE_SIGNATURE_H

#include "base/limits.h"
#include "jose/key_parts.h"

enum { SIGNATURE_MAX_BYTES = RSA_MAX_BITS / 8 };

struct signature {
    unsigned char bytes[SIGNATURE_MAX_BYTES];
    size_t len;
};

/* Sets up the context of a new key from its pair, or from the secret if it has none. Returns
 * INVALID if OpenSSL rejects the key for its algorithm. */
MUST_USE agentos_status signature_prepare(struct key *key, str secret, agentos_error *err);

/* Returns true if the signature of the input is valid. The time depends on the length of the
 * signature, but not on its bytes. May be called on any thread. */
bool signature_is_right(const struct key *key, str input, str signature);

/* Signs the input. Returns INVALID if the key cannot sign, and
 * INTERNAL if OpenSSL fails. */
MUST_USE agentos_status signature_make(const struct key *key, str input, struct signature *out,
                                       agentos_error *err);

#endif

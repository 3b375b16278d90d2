/* Checks that a key fits its algorithm and is strong enough (RFC 7518 §3, RFC 8725 §3). */
#ifndef JOSE_KEY_RULES_H
#define JOSE_KEY_RULES_H

#include <openssl/evp.h>

#include "jose/key.h"

/* Returns true if the pair has the type and the curve of the algorithm. */
bool key_rules_fit(const EVP_PKEY *pair, const struct alg *alg);

/* Returns INVALID if the pair has the wrong type or curve, an RSA key has a bad size, modulus or
 * exponent, or the point of an EC key is not on the curve. */
MUST_USE agentos_status key_rules_pair(EVP_PKEY *pair, const struct alg *alg,
                                       enum key_strength strength, agentos_error *err);

/* Returns INVALID if the secret is empty, longer than KEY_FILE_MAX_BYTES, a key in any format, or
 * a placeholder; and, unless KEY_WEAK_ALLOWED is given, too short or a sample from documentation.
 */
MUST_USE agentos_status key_rules_secret(str secret, const struct alg *alg,
                                         enum key_strength strength, agentos_error *err);

#endif

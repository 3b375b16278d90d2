/* Which keys are good enough, and fit the algorithm they are given for (RFC 7518 §3, RFC 8725 §3).
 */
#ifndef JOSE_KEY_RULES_H
#define JOSE_KEY_RULES_H

#include <openssl/evp.h>

#include "jose/key.h"

/* Has the pair the type and curve of the algorithm? */
bool key_rules_fit(const EVP_PKEY *pair, const struct alg *alg);

/* INVALID: the wrong kind or curve, RSA of another size or with a bad exponent, a point off its
 * curve. */
MUST_USE agentos_status key_rules_pair(EVP_PKEY *pair, const struct alg *alg,
                                       enum key_strength strength, agentos_error *err);

/* INVALID: empty, a key in any format, short, a sample from documentation, or a placeholder. */
MUST_USE agentos_status key_rules_secret(str secret, const struct alg *alg,
                                         enum key_strength strength, agentos_error *err);

#endif

/* The internals of a key. Other directories include key.h. */
#ifndef JOSE_KEY_PARTS_H
#define JOSE_KEY_PARTS_H

#include <openssl/evp.h>

#include "jose/key.h"

struct key {
    const struct alg *alg;
    bool can_sign;
    EVP_PKEY *pair; /* NULL for a shared secret */

    /* A key has exactly one context, depending on its algorithm. It is set up once, never changed,
     * and copied for each check, at a fifth of the cost. */
    EVP_PKEY_CTX *verifier;     /* for RSA and EC: verifies the digest that `digest` computes */
    EVP_MD *digest;             /* set if `verifier` is */
    EVP_MD_CTX *whole_verifier; /* for Ed25519, which takes the whole input */
    EVP_MAC_CTX *mac;           /* for a shared secret */
};

/* Create a key from a pair or secret that key_rules.h has accepted; the caller must free *out.
 * key_of_pair_take takes ownership of the pair, even on failure. Return INVALID if OpenSSL rejects
 * the key for this algorithm. */
MUST_USE agentos_status key_of_pair_take(EVP_PKEY *pair, const struct alg *alg, bool can_sign,
                                         struct key **out, agentos_error *err);
MUST_USE agentos_status key_of_secret(str secret, const struct alg *alg, struct key **out,
                                      agentos_error *err);

#endif

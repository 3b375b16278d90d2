/* The inside of a key, for the files of this room and its tests; others include key.h. */
#ifndef JOSE_KEY_PARTS_H
#define JOSE_KEY_PARTS_H

#include <openssl/evp.h>

#include "jose/key.h"

struct key {
    const struct alg *alg;
    bool can_sign;
    EVP_PKEY *pair; /* NULL: a shared secret */

    /* Exactly one context, by the algorithm: set up once, and copied for each check, which costs a
     * fifth of setting it up. None of them is written to afterwards. */
    EVP_PKEY_CTX *verifier;     /* of a digest made by `digest`: RSA and EC */
    EVP_MD *digest;             /* with verifier */
    EVP_MD_CTX *whole_verifier; /* of the whole input: Ed25519, which hashes by itself */
    EVP_MAC_CTX *mac;           /* of a shared secret */
};

/* A key of a pair or a secret that has passed key_rules.h, the caller's. key_of_pair_take takes the
 * pair, also when it fails. INVALID: OpenSSL cannot use it for this algorithm. */
MUST_USE agentos_status key_of_pair_take(EVP_PKEY *pair, const struct alg *alg, bool can_sign,
                                         struct key **out, agentos_error *err);
MUST_USE agentos_status key_of_secret(str secret, const struct alg *alg, struct key **out,
                                      agentos_error *err);

#endif

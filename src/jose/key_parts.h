/* The inside of a key, for the files of this room. Others know key.h. */
#ifndef JOSE_KEY_PARTS_H
#define JOSE_KEY_PARTS_H

#include <openssl/evp.h>
#include <stdatomic.h>

#include "jose/key.h"

struct key {
    atomic_uint references;
    const struct alg *alg;
    bool can_sign;
    EVP_PKEY *pair; /* NULL: a shared secret */

    /* One of these, set up once and copied by each check: that costs a fifth of setting it up. */
    EVP_PKEY_CTX *verifier; /* of a digest, which is `digest` */
    EVP_MD *digest;
    EVP_MD_CTX *whole_verifier; /* of a whole input, for what hashes by itself */
    EVP_MAC_CTX *mac;           /* of a shared secret */
};

/* A key of a pair that passed the rules; takes the pair, also when it fails. */
MUST_USE agentos_status key_of_pair_take(EVP_PKEY *pair, const struct alg *alg, bool can_sign,
                                         struct key **out, agentos_error *err);
MUST_USE agentos_status key_of_secret(str secret, const struct alg *alg, struct key **out,
                                      agentos_error *err);

#endif

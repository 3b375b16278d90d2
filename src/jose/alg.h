/* The signature algorithms (RFC 7518 §3.1) and their keys. */
#ifndef JOSE_ALG_H
#define JOSE_ALG_H

#include "base/str.h"

enum key_type { KEY_NONE, KEY_OCT, KEY_RSA, KEY_EC, KEY_OKP };
enum padding { PADDING_NONE, PADDING_PKCS1, PADDING_PSS };

struct alg {
    const char *name;
    enum key_type key_type; /* the only type of key for this algorithm */
    const char *digest;     /* OpenSSL's name; NULL if the algorithm hashes by itself */
    enum padding padding;
    const char *curve;    /* the curve's name in a JWK, such as "P-256"; NULL if there is none */
    size_t signature_len; /* in bytes; 0 if it is as long as the key's modulus */
};

/* Returns the algorithm with exactly this name, or NULL, as for "none". Static. */
const struct alg *alg_find(str name);

enum { ALG_COUNT = 14 };
/* Returns row i, below ALG_COUNT. The default algorithm of each key type comes first. */
const struct alg *alg_at(size_t i);

#endif

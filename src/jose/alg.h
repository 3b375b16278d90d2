/* The signature algorithms (RFC 7518 §3.1) and the demands of each one on its key. */
#ifndef JOSE_ALG_H
#define JOSE_ALG_H

#include "base/str.h"

enum key_type { KEY_NONE, KEY_OCT, KEY_RSA, KEY_EC, KEY_OKP };
enum padding { PADDING_NONE, PADDING_PKCS1, PADDING_PSS };

struct alg {
    const char *name;
    enum key_type key_type; /* the only type of key that this algorithm may be used with */
    const char *digest;     /* OpenSSL's name; NULL if the algorithm hashes by itself */
    enum padding padding;
    const char *curve;    /* the curve's name in a JWK, such as "P-256"; NULL if there is none */
    size_t signature_len; /* in bytes; 0 if it is as long as the key's modulus */
};

/* Returns the algorithm with this name, compared byte for byte, or NULL if there is none, as for
 * "none". The algorithms are static and never freed. */
const struct alg *alg_find(str name);

enum { ALG_COUNT = 14 };
/* i must be below ALG_COUNT; the usual algorithm of each key type comes first */
const struct alg *alg_at(size_t i);

#endif

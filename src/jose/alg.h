/* Signature algorithms (RFC 7518 §3.1): what each one needs of its key. */
#ifndef JOSE_ALG_H
#define JOSE_ALG_H

#include "base/str.h"

enum key_type { KEY_NONE, KEY_OCT, KEY_RSA, KEY_EC, KEY_OKP };
enum padding { PADDING_NONE, PADDING_PKCS1, PADDING_PSS };

struct alg {
    const char *name;
    enum key_type key_type; /* the only type of key this algorithm may be used with */
    const char *digest;     /* OpenSSL's name; NULL: the algorithm hashes by itself */
    enum padding padding;
    const char *curve;    /* JWK name ("P-256"); NULL: none */
    size_t signature_len; /* bytes; 0: as long as the key's modulus */
};

/* The row of this name, compared byte for byte; NULL: there is none, as for "none". */
const struct alg *alg_find(str name);

enum { ALG_COUNT = 14 };
const struct alg *alg_at(size_t i); /* i < ALG_COUNT; of each type the usual one first */

#endif

/* The numbers of a JWK (RFC 7518 §6, RFC 8037 §2), turned into OpenSSL's form. What the key may be
 * used for, and whether it is strong enough, is checked by others. */
#ifndef JOSE_JWK_MATERIAL_H
#define JOSE_JWK_MATERIAL_H

#include <openssl/evp.h>

#include "jose/jwk.h"

struct jwk_material {
    EVP_PKEY *pair; /* NULL: a shared secret */
    unsigned char *secret;
    size_t secret_len;
};

/* JWK_USABLE, JWK_DAMAGED, JWK_UNKNOWN or JWK_CERTIFICATE. Private members are not read. */
MUST_USE enum jwk_verdict jwk_material_read(const json_t *jwk, struct jwk_material *out);

void jwk_material_clear(struct jwk_material *material); /* wipes */
#define AUTO_MATERIAL __attribute__((cleanup(jwk_material_clear))) struct jwk_material

#endif

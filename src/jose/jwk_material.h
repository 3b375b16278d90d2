/* The numbers of a JWK (RFC 7518 §6, RFC 8037 §2), converted to OpenSSL's form. Whether the key may
 * be used, and whether it is strong enough, is checked elsewhere (jwk.h, key_rules.h). */
#ifndef JOSE_JWK_MATERIAL_H
#define JOSE_JWK_MATERIAL_H

#include <openssl/evp.h>

#include "jose/jwk.h"

struct jwk_material {
    EVP_PKEY *pair; /* NULL for a shared secret */
    unsigned char *secret;
    size_t secret_len;
};

/* Returns a member of the JWK, borrowed from it, or NULL if the member is absent. Members that are
 * null, "" or [] count as absent: .NET and Java write optional members so (RFC 7517 §4). */
const json_t *jwk_member(const json_t *jwk, const char *name);

/* Reads the numbers into *out, which must be empty. Returns JWK_USABLE, JWK_DAMAGED, JWK_UNKNOWN,
 * JWK_CERTIFICATE, JWK_PADDED or JWK_STANDARD. Private members are not read. The caller must call
 * jwk_material_clear, whatever the verdict is. */
MUST_USE enum jwk_verdict jwk_material_read(const json_t *jwk, struct jwk_material *out);

/* frees the pair, and wipes and frees the secret */
void jwk_material_clear(struct jwk_material *material);
#define AUTO_MATERIAL __attribute__((cleanup(jwk_material_clear))) struct jwk_material

#endif

/* The key material of a JWK (RFC 7518 §6, RFC 8037 §2), unchecked; see jwk.h and key_rules.h. */
#ifndef JOSE_JWK_MATERIAL_H
#define JOSE_JWK_MATERIAL_H

#include <openssl/evp.h>

#include "jose/jwk.h"

struct jwk_material {
    EVP_PKEY *pair; /* NULL for a shared secret */
    unsigned char *secret;
    size_t secret_len;
};

/* Returns a member, borrowed from the JWK, or NULL. null, "" and [] count as absent, since .NET and
 * Java write unset members that way (RFC 7517 §4). */
const json_t *jwk_member(const json_t *jwk, const char *name);

/* Reads the numbers into *out, which must be empty. Returns JWK_USABLE, JWK_DAMAGED, JWK_UNKNOWN,
 * JWK_CERTIFICATE, JWK_PADDED or JWK_STANDARD. Private members are not read. The caller must always
 * call jwk_material_clear. */
MUST_USE enum jwk_verdict jwk_material_read(const json_t *jwk, struct jwk_material *out);

/* Frees the pair, and wipes and frees the secret. */
void jwk_material_clear(struct jwk_material *material);
#define AUTO_MATERIAL __attribute__((cleanup(jwk_material_clear))) struct jwk_material

#endif

/* RFC 7638 §3: the SHA-256 of the JWK with its required members alone, in alphabetical order, no
 * blanks. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/limits.h"
#include "jose/base64url.h"
#include "jose/key_parts.h"

enum { JWK_MAX_BYTES = 4 * KiB }; /* the largest modulus has 1,366 characters */

/* A big-endian number of len bytes; 0: as many as it needs (RFC 7518 §6.3.1). */
static void append_number(buf *json, const EVP_PKEY *pair, const char *name, size_t len)
{
    unsigned char bytes[RSA_MAX_BITS / 8];
    BIGNUM *number = NULL;

    if (EVP_PKEY_get_bn_param(pair, name, &number) != 1)
        return;
    if (len == 0)
        len = (size_t)BN_num_bytes(number);
    if (BN_bn2binpad(number, bytes, (int)len) >= 0)
        base64url_append(json, (str){ (const char *)bytes, len });
    BN_free(number);
}

static void append_rsa(buf *json, const struct key *key)
{
    buf_append(json, STR("{\"e\":\""));
    append_number(json, key->pair, OSSL_PKEY_PARAM_RSA_E, 0);
    buf_append(json, STR("\",\"kty\":\"RSA\",\"n\":\""));
    append_number(json, key->pair, OSSL_PKEY_PARAM_RSA_N, 0);
    buf_append(json, STR("\"}"));
}

static void append_ec(buf *json, const struct key *key)
{
    size_t len = key->alg->signature_len / 2;

    buf_printf(json, "{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"", key->alg->curve);
    append_number(json, key->pair, OSSL_PKEY_PARAM_EC_PUB_X, len);
    buf_append(json, STR("\",\"y\":\""));
    append_number(json, key->pair, OSSL_PKEY_PARAM_EC_PUB_Y, len);
    buf_append(json, STR("\"}"));
}

/* RFC 8037 appendix A.3 */
static void append_okp(buf *json, const struct key *key)
{
    unsigned char bytes[32];
    size_t len = sizeof(bytes);

    buf_printf(json, "{\"crv\":\"%s\",\"kty\":\"OKP\",\"x\":\"", key->alg->curve);
    if (EVP_PKEY_get_raw_public_key(key->pair, bytes, &len) == 1)
        base64url_append(json, (str){ (const char *)bytes, len });
    buf_append(json, STR("\"}"));
}

static void append_jwk(buf *json, const struct key *key)
{
    if (key->alg->key_type == KEY_RSA)
        append_rsa(json, key);
    else if (key->alg->key_type == KEY_EC)
        append_ec(json, key);
    else
        append_okp(json, key);
}

const char *key_thumbprint(const struct key *key, char out[KEY_THUMBPRINT_SIZE])
{
    AUTO_BUF json = buf_with_limit(JWK_MAX_BYTES);
    AUTO_BUF text = buf_with_limit(KEY_THUMBPRINT_SIZE);
    unsigned char hash[32];

    out[0] = '\0';
    if (key->pair == NULL)
        return out;
    append_jwk(&json, key);
    if (EVP_Digest(json.ptr, json.len, hash, NULL, EVP_sha256(), NULL) != 1)
        return out;
    base64url_append(&text, (str){ (const char *)hash, sizeof(hash) });
    (void)snprintf(out, KEY_THUMBPRINT_SIZE, "%s", text.ptr);
    return out;
}

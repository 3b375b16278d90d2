/* Writes the public half of a key as a JWK. Only public members are ever written, so a private
 * number cannot leak. A shared secret has no public half. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "jose/base64url.h"
#include "jose/jwk.h"
#include "jose/key_parts.h"

static void write_bytes(writer *w, const char *name, str bytes)
{
    AUTO_BUF text = buf_with_limit(2 * RSA_MAX_BITS / 8);

    base64url_append(&text, bytes);
    write_key(w, name);
    write_str(w, buf_view(&text));
}

/* A big-endian number of len bytes; 0: as many as it needs (RFC 7518 §6.3.1). */
static void write_number(writer *w, const char *name, const struct key *key, const char *param,
                         size_t len)
{
    unsigned char bytes[RSA_MAX_BITS / 8];
    BIGNUM *number = NULL;

    if (EVP_PKEY_get_bn_param(key->pair, param, &number) != 1)
        return;
    if (len == 0)
        len = (size_t)BN_num_bytes(number);
    ensure(len > 0 && len <= sizeof(bytes)); /* key_rules.h has a most */
    if (BN_bn2binpad(number, bytes, (int)len) >= 0)
        write_bytes(w, name, (str){ (const char *)bytes, len });
    BN_free(number);
}

static void write_rsa(const struct key *key, writer *w)
{
    write_number(w, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
    write_member(w, "kty", "RSA");
    write_number(w, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
}

static void write_ec(const struct key *key, writer *w)
{
    size_t len = key->alg->signature_len / 2;

    ensure(key->alg->curve != NULL);
    write_member(w, "crv", key->alg->curve);
    write_member(w, "kty", "EC");
    write_number(w, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, len);
    write_number(w, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, len);
}

/* RFC 8037 §2 */
static void write_okp(const struct key *key, writer *w)
{
    unsigned char bytes[32];
    size_t len = sizeof(bytes);

    write_member(w, "crv", key->alg->curve);
    write_member(w, "kty", "OKP");
    if (EVP_PKEY_get_raw_public_key(key->pair, bytes, &len) == 1)
        write_bytes(w, "x", (str){ (const char *)bytes, len });
}

void jwk_write_members(const struct key *key, writer *w)
{
    ensure(key->pair != NULL);
    if (key->alg->key_type == KEY_RSA)
        write_rsa(key, w);
    else if (key->alg->key_type == KEY_EC)
        write_ec(key, w);
    else
        write_okp(key, w);
}

agentos_status jwk_write_public(const struct key *key, const char *kid, buf *out,
                                agentos_error *err)
{
    writer w = { .out = out };

    if (key->pair == NULL)
        return fail(err, AGENTOS_INVALID, "a shared secret has no public key");
    write_object(&w);
    write_member_if(&w, "kid", kid);
    write_member(&w, "use", "sig");
    write_member(&w, "alg", key->alg->name);
    jwk_write_members(key, &w);
    write_end(&w);
    if (!buf_ok(out))
        return fail(err, AGENTOS_TOO_LARGE, "the key set would be larger than %zu bytes",
                    out->limit);
    return AGENTOS_OK;
}

/* Writes a public key as a JWK. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "jose/base64url.h"
#include "jose/jwk.h"
#include "jose/key_parts.h"

enum { NUMBER_MAX_BYTES = RSA_MAX_BITS / 8, ED25519_BYTES = 32 };

/* Writes a member in base64url. */
static void write_bytes(writer *w, const char *name, str bytes)
{
    ensure(bytes.len <= NUMBER_MAX_BYTES);
    AUTO_BUF text = buf_with_limit(2 * NUMBER_MAX_BYTES); /* base64url needs 4/3 */

    base64url_append(&text, bytes);
    write_key(w, name);
    write_str(w, buf_view(&text));
}

/* Writes a number of the key as big-endian bytes, padded to `len` unless that is 0. */
static void write_number(writer *w, const char *name, const struct key *key, const char *param,
                         size_t len)
{
    unsigned char bytes[NUMBER_MAX_BYTES];
    BIGNUM *number = NULL;
    bool has_number = EVP_PKEY_get_bn_param(key->pair, param, &number) == 1;

    ensure(has_number);
    if (len == 0)
        len = (size_t)BN_num_bytes(number);
    ensure(len > 0 && len <= sizeof(bytes)); /* limited by key_rules.c */
    bool fits = BN_bn2binpad(number, bytes, (int)len) == (int)len;
    ensure(fits);
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
    ensure(key->alg->key_type == KEY_EC && key->alg->curve != NULL);
    size_t len = key->alg->signature_len / 2; /* a coordinate is as long as r or s */

    write_member(w, "crv", key->alg->curve);
    write_member(w, "kty", "EC");
    write_number(w, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, len);
    write_number(w, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, len);
}

static void write_okp(const struct key *key, writer *w)
{
    unsigned char bytes[ED25519_BYTES];
    size_t len = sizeof(bytes);
    bool is_read = EVP_PKEY_get_raw_public_key(key->pair, bytes, &len) == 1;

    ensure(is_read && len == sizeof(bytes));
    write_member(w, "crv", key->alg->curve);
    write_member(w, "kty", "OKP");
    write_bytes(w, "x", (str){ (const char *)bytes, len });
}

/* Writes the public members in alphabetical order (RFC 7638 §3.2). The key must be a pair. */
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

/* Appends the public JWK. `kid` may be NULL. */
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

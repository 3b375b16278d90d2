/* What differs between algorithms is in their table: a digest, a padding, a length. ECDSA alone
 * needs a conversion: JWS has r and s side by side (RFC 7518 §3.4), OpenSSL has them in DER. */
#include "jose/signature.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/auto.h"

DEFINE_AUTO(EVP_MD_CTX, EVP_MD_CTX_free);
DEFINE_AUTO(EVP_MAC_CTX, EVP_MAC_CTX_free);
DEFINE_AUTO(EVP_MAC, EVP_MAC_free);
DEFINE_AUTO(ECDSA_SIG, ECDSA_SIG_free);

enum { DER_MAX_BYTES = 144 }; /* two P-521 integers of 66 bytes, and their tags */

typedef int init_operation(EVP_MD_CTX *ctx, EVP_PKEY_CTX **parameters, const char *digest,
                           OSSL_LIB_CTX *library, const char *properties, EVP_PKEY *pair,
                           const OSSL_PARAM params[]);

/* RFC 7518 §3.5: MGF1 and the salt follow the digest. */
static bool begin(init_operation *init, const struct key *key, EVP_MD_CTX *ctx)
{
    EVP_PKEY_CTX *parameters = NULL;

    if (ctx == NULL || init(ctx, &parameters, key->alg->digest, NULL, NULL, key->pair, NULL) != 1)
        return false;
    return key->alg->padding != PADDING_PSS ||
           (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static bool prepare_mac(struct key *key, str secret)
{
    AUTO(EVP_MAC) *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    char digest[16]; /* OpenSSL wants a string that it could write to */

    (void)snprintf(digest, sizeof(digest), "%s", key->alg->digest);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    key->mac = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;
    return key->mac != NULL &&
           EVP_MAC_init(key->mac, (const unsigned char *)secret.ptr, secret.len, params) == 1;
}

agentos_status signature_prepare(struct key *key, str secret, agentos_error *err)
{
    (void)ERR_set_mark(); /* the thread's error queue belongs to others too */
    bool is_ready;
    if (key->pair == NULL) {
        is_ready = prepare_mac(key, secret);
    } else {
        key->verifier = EVP_MD_CTX_new();
        is_ready = begin(EVP_DigestVerifyInit_ex, key, key->verifier);
    }
    (void)ERR_pop_to_mark();
    if (!is_ready)
        return fail(err, AGENTOS_INVALID, "OpenSSL does not take this key for %s", key->alg->name);
    return AGENTOS_OK;
}

/* 0: the length is not that of this curve, or out of memory. */
static size_t to_der(str signature, unsigned char der[DER_MAX_BYTES])
{
    const unsigned char *bytes = (const unsigned char *)signature.ptr;
    int half = (int)(signature.len / 2);
    AUTO(ECDSA_SIG) *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(bytes, half, NULL), *s = BN_bin2bn(bytes + half, half, NULL);
    unsigned char *at = der;

    if (pair == NULL || r == NULL || s == NULL)
        abort();
    (void)ECDSA_SIG_set0(pair, r, s); /* takes both; fails for NULL alone */
    int len = i2d_ECDSA_SIG(pair, &at);
    return len > 0 ? (size_t)len : 0;
}

static bool verify_pair(const struct key *key, str input, const unsigned char *signature,
                        size_t len)
{
    AUTO(EVP_MD_CTX) *ctx = EVP_MD_CTX_new();

    return ctx != NULL && EVP_MD_CTX_copy_ex(ctx, key->verifier) == 1 &&
           EVP_DigestVerify(ctx, signature, len, (const unsigned char *)input.ptr, input.len) == 1;
}

static bool make_mac(const struct key *key, str input, struct signature *out)
{
    AUTO(EVP_MAC_CTX) *ctx = EVP_MAC_CTX_dup(key->mac);

    return ctx != NULL && EVP_MAC_update(ctx, (const unsigned char *)input.ptr, input.len) == 1 &&
           EVP_MAC_final(ctx, out->bytes, &out->len, sizeof(out->bytes)) == 1;
}

static size_t expected_len(const struct key *key)
{
    return key->alg->signature_len > 0 ? key->alg->signature_len
                                       : (size_t)EVP_PKEY_get_size(key->pair);
}

static bool is_right(const struct key *key, str input, str signature)
{
    unsigned char der[DER_MAX_BYTES];
    struct signature mac;

    switch (key->alg->key_type) {
    case KEY_OCT:
        return make_mac(key, input, &mac) && mac.len == signature.len &&
               CRYPTO_memcmp(mac.bytes, signature.ptr, mac.len) == 0;
    case KEY_EC: return verify_pair(key, input, der, to_der(signature, der));
    case KEY_RSA:
    case KEY_OKP:
        return verify_pair(key, input, (const unsigned char *)signature.ptr, signature.len);
    case KEY_NONE:
    default: return false;
    }
}

bool signature_is_right(const struct key *key, str input, str signature)
{
    if (signature.len != expected_len(key))
        return false;
    (void)ERR_set_mark();
    bool right = is_right(key, input, signature);
    (void)ERR_pop_to_mark();
    return right;
}

static bool sign_pair(const struct key *key, str input, struct signature *out)
{
    AUTO(EVP_MD_CTX) *ctx = EVP_MD_CTX_new();

    out->len = sizeof(out->bytes);
    return begin(EVP_DigestSignInit_ex, key, ctx) &&
           EVP_DigestSign(ctx, out->bytes, &out->len, (const unsigned char *)input.ptr,
                          input.len) == 1;
}

static bool from_der(struct signature *signature, size_t len)
{
    const unsigned char *at = signature->bytes;
    AUTO(ECDSA_SIG) *pair = d2i_ECDSA_SIG(NULL, &at, (long)signature->len);
    int half = (int)(len / 2);

    signature->len = len;
    return pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature->bytes, half) == half &&
           BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature->bytes + half, half) == half;
}

agentos_status signature_make(const struct key *key, str input, struct signature *out,
                              agentos_error *err)
{
    if (!key->can_sign)
        return fail(err, AGENTOS_INVALID, "a public key cannot sign");
    (void)ERR_set_mark();
    bool is_made = key->pair == NULL ? make_mac(key, input, out) : sign_pair(key, input, out);
    if (is_made && key->alg->key_type == KEY_EC)
        is_made = from_der(out, key->alg->signature_len);
    (void)ERR_pop_to_mark();
    if (!is_made)
        return fail(err, AGENTOS_INTERNAL, "OpenSSL could not sign with %s", key->alg->name);
    return AGENTOS_OK;
}

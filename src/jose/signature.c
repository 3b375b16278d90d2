/* Makes and verifies signatures with OpenSSL. */
#include "jose/signature.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/auto.h"
#include "base/ensure.h"

DEFINE_AUTO(EVP_MD_CTX, EVP_MD_CTX_free);
DEFINE_AUTO(EVP_PKEY_CTX, EVP_PKEY_CTX_free);
DEFINE_AUTO(EVP_MAC_CTX, EVP_MAC_CTX_free);
DEFINE_AUTO(EVP_MAC, EVP_MAC_free);
DEFINE_AUTO(ECDSA_SIG, ECDSA_SIG_free);

/* The DER of an ECDSA signature: two integers of at most 66 bytes (P-521), with tags, lengths and
 * leading zeros. */
enum {
    PAIR_MAX_BYTES = 2 * 66,
    DER_TAGS_BYTES = 12,
    DER_MAX_BYTES = PAIR_MAX_BYTES + DER_TAGS_BYTES,
};

/* Sets PSS padding if the algorithm uses it. The salt is as long as the digest (RFC 7518 §3.5). */
static bool set_padding(const struct key *key, EVP_PKEY_CTX *ctx)
{
    if (key->alg->padding != PADDING_PSS)
        return true;
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

/* Prepares an RSA or EC key. Digesting separately copies less state than OpenSSL's single call. */
static bool prepare_verifier(struct key *key)
{
    ensure(key->pair != NULL && key->alg->digest != NULL);
    key->digest = EVP_MD_fetch(NULL, key->alg->digest, NULL);
    key->verifier = EVP_PKEY_CTX_new(key->pair, NULL);
    return key->digest != NULL && key->verifier != NULL &&
           EVP_PKEY_verify_init(key->verifier) == 1 && set_padding(key, key->verifier) &&
           EVP_PKEY_CTX_set_signature_md(key->verifier, key->digest) == 1;
}

/* Prepares an Ed25519 key, which takes the whole input. */
static bool prepare_whole_verifier(struct key *key)
{
    ensure(key->pair != NULL && key->alg->digest == NULL);
    key->whole_verifier = EVP_MD_CTX_new();
    return key->whole_verifier != NULL &&
           EVP_DigestVerifyInit(key->whole_verifier, NULL, NULL, NULL, key->pair) == 1;
}

/* Prepares a shared secret. Only the MAC context keeps it, and wipes it. */
static bool prepare_mac(struct key *key, str secret)
{
    char digest[16]; /* a copy: the parameter is not const */

    ensure(key->alg->digest != NULL && strlen(key->alg->digest) < sizeof(digest));
    AUTO(EVP_MAC) *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    (void)snprintf(digest, sizeof(digest), "%s", key->alg->digest);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    key->mac = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;
    return key->mac != NULL &&
           EVP_MAC_init(key->mac, (const unsigned char *)secret.ptr, secret.len, params) == 1;
}

/* Sets up the context of the key's algorithm. `secret` is used only without a pair. */
agentos_status signature_prepare(struct key *key, str secret, agentos_error *err)
{
    bool is_ready = false;

    ensure(key->verifier == NULL && key->whole_verifier == NULL && key->mac == NULL);
    (void)ERR_set_mark(); /* the errors of this call are dropped below */
    if (key->pair == NULL)
        is_ready = prepare_mac(key, secret);
    else if (key->alg->digest != NULL)
        is_ready = prepare_verifier(key);
    else
        is_ready = prepare_whole_verifier(key);
    (void)ERR_pop_to_mark();
    if (!is_ready)
        return fail(err, AGENTOS_INVALID, "OpenSSL rejects this key for %s", key->alg->name);
    return AGENTOS_OK;
}

/* Reads r and s, which have the same length. The caller must free the result. */
static ECDSA_SIG *read_pair(str signature)
{
    ensure(signature.len % 2 == 0 && signature.len <= PAIR_MAX_BYTES);
    const unsigned char *bytes = (const unsigned char *)signature.ptr;
    int half = (int)(signature.len / 2);
    BIGNUM *r = BN_bin2bn(bytes, half, NULL);
    BIGNUM *s = BN_bin2bn(bytes + half, half, NULL);
    ECDSA_SIG *pair = ECDSA_SIG_new();

    if (pair == NULL || r == NULL || s == NULL)
        abort();
    (void)ECDSA_SIG_set0(pair, r, s); /* takes ownership of both; fails only if one is NULL */
    return pair;
}

/* Converts r and s to DER. Returns its length, or 0 on failure. */
static size_t write_der(str signature, unsigned char der[DER_MAX_BYTES])
{
    AUTO(ECDSA_SIG) *pair = read_pair(signature);
    unsigned char *end = der; /* OpenSSL moves it to the end of the DER */
    int len = i2d_ECDSA_SIG(pair, &end);
    return len > 0 ? (size_t)len : 0;
}

/* Verifies a signature of the digest. Copies the context, since threads share the key. */
static bool verify_digest(const struct key *key, str input, const unsigned char *signature,
                          size_t len)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;

    ensure(key->verifier != NULL && key->digest != NULL);
    AUTO(EVP_PKEY_CTX) *ctx = EVP_PKEY_CTX_dup(key->verifier);
    return ctx != NULL &&
           EVP_Digest(input.ptr, input.len, digest, &digest_len, key->digest, NULL) == 1 &&
           EVP_PKEY_verify(ctx, signature, len, digest, digest_len) == 1;
}

/* Verifies a signature of r and s (RFC 7518 §3.4). */
static bool verify_ecdsa(const struct key *key, str input, str signature)
{
    unsigned char der[DER_MAX_BYTES];
    size_t der_len = write_der(signature, der);

    return der_len > 0 && verify_digest(key, input, der, der_len);
}

/* Verifies an Ed25519 signature on a copy of the context. */
static bool verify_whole(const struct key *key, str input, str signature)
{
    ensure(key->whole_verifier != NULL);
    AUTO(EVP_MD_CTX) *ctx = EVP_MD_CTX_new();
    return ctx != NULL && EVP_MD_CTX_copy_ex(ctx, key->whole_verifier) == 1 &&
           EVP_DigestVerify(ctx, (const unsigned char *)signature.ptr, signature.len,
                            (const unsigned char *)input.ptr, input.len) == 1;
}

/* Computes the MAC on a copy of the context. */
static bool make_mac(const struct key *key, str input, struct signature *out)
{
    ensure(key->mac != NULL);
    AUTO(EVP_MAC_CTX) *ctx = EVP_MAC_CTX_dup(key->mac);
    return ctx != NULL && EVP_MAC_update(ctx, (const unsigned char *)input.ptr, input.len) == 1 &&
           EVP_MAC_final(ctx, out->bytes, &out->len, sizeof(out->bytes)) == 1;
}

static size_t expected_len(const struct key *key)
{
    if (key->alg->signature_len > 0)
        return key->alg->signature_len;
    ensure(key->alg->key_type == KEY_RSA && key->pair != NULL);
    return (size_t)EVP_PKEY_get_size(key->pair); /* as long as the modulus */
}

/* Compares the MAC in constant time. */
static bool verify_mac(const struct key *key, str input, str signature)
{
    struct signature mac;

    return make_mac(key, input, &mac) && mac.len == signature.len &&
           CRYPTO_memcmp(mac.bytes, signature.ptr, mac.len) == 0;
}

/* Verifies a signature of the right length. */
static bool verify_by_type(const struct key *key, str input, str signature)
{
    ensure(signature.len == expected_len(key));
    switch (key->alg->key_type) {
    case KEY_OCT: return verify_mac(key, input, signature);
    case KEY_EC: return verify_ecdsa(key, input, signature);
    case KEY_RSA:
        return verify_digest(key, input, (const unsigned char *)signature.ptr, signature.len);
    case KEY_OKP: return verify_whole(key, input, signature);
    case KEY_NONE:
    default: return false;
    }
}

/* Returns true if the signature is valid. The time does not depend on its bytes. */
bool signature_is_right(const struct key *key, str input, str signature)
{
    if (signature.len != expected_len(key))
        return false;
    (void)ERR_set_mark();
    bool is_right = verify_by_type(key, input, signature);
    (void)ERR_pop_to_mark();
    return is_right;
}

/* Signs the input with a private key. EC signatures are in DER. */
static bool sign_pair(const struct key *key, str input, struct signature *out)
{
    ensure(key->can_sign && key->pair != NULL);
    AUTO(EVP_MD_CTX) *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters = NULL; /* owned by ctx */

    out->len = sizeof(out->bytes);
    return ctx != NULL &&
           EVP_DigestSignInit_ex(ctx, &parameters, key->alg->digest, NULL, NULL, key->pair, NULL) ==
               1 &&
           set_padding(key, parameters) &&
           EVP_DigestSign(ctx, out->bytes, &out->len, (const unsigned char *)input.ptr,
                          input.len) == 1;
}

/* Converts a DER signature to r and s, padded to `len` bytes. Returns false if it is invalid. */
static bool convert_from_der(struct signature *signature, size_t len)
{
    ensure(len > 0 && len % 2 == 0 && len <= sizeof(signature->bytes));
    ensure(signature->len <= sizeof(signature->bytes));
    const unsigned char *at = signature->bytes; /* OpenSSL moves it past what it reads */
    AUTO(ECDSA_SIG) *pair = d2i_ECDSA_SIG(NULL, &at, (long)signature->len);
    int half = (int)(len / 2);

    signature->len = len;
    return pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature->bytes, half) == half &&
           BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature->bytes + half, half) == half;
}

/* Signs the input. Returns INVALID if the key can only verify. */
agentos_status signature_make(const struct key *key, str input, struct signature *out,
                              agentos_error *err)
{
    ensure((key->pair == NULL) == (key->mac != NULL));
    if (!key->can_sign)
        return fail(err, AGENTOS_INVALID, "a public key cannot sign");
    (void)ERR_set_mark();
    bool is_made = key->pair == NULL ? make_mac(key, input, out) : sign_pair(key, input, out);
    if (is_made && key->alg->key_type == KEY_EC)
        is_made = convert_from_der(out, key->alg->signature_len);
    (void)ERR_pop_to_mark();
    if (!is_made)
        return fail(err, AGENTOS_INTERNAL, "OpenSSL cannot sign with %s", key->alg->name);
    return AGENTOS_OK;
}

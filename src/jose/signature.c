/* Makes and verifies signatures with OpenSSL. Only ECDSA signatures need a conversion: a JWS stores
 * r and s one after the other (RFC 7518 §3.4), and OpenSSL expects them in DER. */
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

/* Two P-521 integers of 66 bytes, with a tag, a length and a zero byte each, in a sequence. */
enum { DER_TAGS_BYTES = 12, DER_MAX_BYTES = 2 * 66 + DER_TAGS_BYTES };

/* Sets the padding where OpenSSL's default, PKCS#1, is not the algorithm's. For PSS, MGF1 and the
 * salt follow the digest (RFC 7518 §3.5). */
static bool set_padding(const struct key *key, EVP_PKEY_CTX *ctx)
{
    if (key->alg->padding != PADDING_PSS)
        return true;
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

/* Prepares an RSA or EC key to verify in two steps, the digest and a check of it: OpenSSL's single
 * step copies more. */
static bool prepare_verifier(struct key *key)
{
    ensure(key->pair != NULL && key->alg->digest != NULL);
    key->digest = EVP_MD_fetch(NULL, key->alg->digest, NULL);
    key->verifier = EVP_PKEY_CTX_new(key->pair, NULL);
    return key->digest != NULL && key->verifier != NULL &&
           EVP_PKEY_verify_init(key->verifier) == 1 && set_padding(key, key->verifier) &&
           EVP_PKEY_CTX_set_signature_md(key->verifier, key->digest) == 1;
}

/* Prepares an Ed25519 key, which hashes the whole input by itself. */
static bool prepare_whole_verifier(struct key *key)
{
    ensure(key->pair != NULL && key->alg->digest == NULL);
    key->whole_verifier = EVP_MD_CTX_new();
    return key->whole_verifier != NULL &&
           EVP_DigestVerifyInit(key->whole_verifier, NULL, NULL, NULL, key->pair) == 1;
}

/* Prepares a shared secret. Only the context keeps it, and wipes it. */
static bool prepare_mac(struct key *key, str secret)
{
    AUTO(EVP_MAC) *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    char digest[16]; /* OpenSSL wants a string that it could write to */

    ensure(key->alg->digest != NULL && strlen(key->alg->digest) < sizeof(digest));
    (void)snprintf(digest, sizeof(digest), "%s", key->alg->digest);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    key->mac = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;
    return key->mac != NULL &&
           EVP_MAC_init(key->mac, (const unsigned char *)secret.ptr, secret.len, params) == 1;
}

/* Fills in the one context that the key's algorithm needs, from its pair, or from the secret where
 * it has none. INVALID: OpenSSL cannot use the key. */
agentos_status signature_prepare(struct key *key, str secret, agentos_error *err)
{
    bool is_ready = false;

    ensure(key->verifier == NULL && key->whole_verifier == NULL && key->mac == NULL);
    (void)ERR_set_mark(); /* the thread's error queue belongs to others too */
    if (key->pair == NULL)
        is_ready = prepare_mac(key, secret);
    else if (key->alg->digest != NULL)
        is_ready = prepare_verifier(key);
    else
        is_ready = prepare_whole_verifier(key);
    (void)ERR_pop_to_mark();
    if (!is_ready)
        return fail(err, AGENTOS_INVALID, "OpenSSL does not take this key for %s", key->alg->name);
    return AGENTOS_OK;
}

/* Writes r and s, each one half of the signature, as DER. Returns its length; 0: OpenSSL could not
 * write it. */
static size_t write_der(str signature, unsigned char der[DER_MAX_BYTES])
{
    const unsigned char *bytes = (const unsigned char *)signature.ptr;
    unsigned char *at = der; /* OpenSSL moves it */

    ensure(signature.len % 2 == 0 && signature.len <= DER_MAX_BYTES - DER_TAGS_BYTES);
    int half = (int)(signature.len / 2);
    AUTO(ECDSA_SIG) *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(bytes, half, NULL), *s = BN_bin2bn(bytes + half, half, NULL);
    if (pair == NULL || r == NULL || s == NULL)
        abort();
    (void)ECDSA_SIG_set0(pair, r, s); /* takes both; fails for NULL alone */
    int len = i2d_ECDSA_SIG(pair, &at);
    return len > 0 ? (size_t)len : 0;
}

/* Verifies a signature over the input's digest, on a copy of the key's context: keys are shared by
 * threads. signature is what OpenSSL takes, in DER for EC. */
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

/* As verify_digest, for a key that hashes by itself. */
static bool verify_whole(const struct key *key, str input, str signature)
{
    ensure(key->whole_verifier != NULL);
    AUTO(EVP_MD_CTX) *ctx = EVP_MD_CTX_new();
    return ctx != NULL && EVP_MD_CTX_copy_ex(ctx, key->whole_verifier) == 1 &&
           EVP_DigestVerify(ctx, (const unsigned char *)signature.ptr, signature.len,
                            (const unsigned char *)input.ptr, input.len) == 1;
}

/* Writes the input's MAC to *out, on a copy of the key's context. */
static bool make_mac(const struct key *key, str input, struct signature *out)
{
    ensure(key->mac != NULL);
    AUTO(EVP_MAC_CTX) *ctx = EVP_MAC_CTX_dup(key->mac);
    return ctx != NULL && EVP_MAC_update(ctx, (const unsigned char *)input.ptr, input.len) == 1 &&
           EVP_MAC_final(ctx, out->bytes, &out->len, sizeof(out->bytes)) == 1;
}

/* How many bytes a signature by this key has. */
static size_t expected_len(const struct key *key)
{
    if (key->alg->signature_len > 0)
        return key->alg->signature_len;
    ensure(key->alg->key_type == KEY_RSA && key->pair != NULL);
    return (size_t)EVP_PKEY_get_size(key->pair); /* as long as the modulus */
}

/* Makes the MAC again and compares both in constant time. */
static bool verify_mac(const struct key *key, str input, str signature)
{
    struct signature mac;

    return make_mac(key, input, &mac) && mac.len == signature.len &&
           CRYPTO_memcmp(mac.bytes, signature.ptr, mac.len) == 0;
}

/* Verifies as the type of the key asks for. The caller has checked the length of the signature. */
static bool verify_by_type(const struct key *key, str input, str signature)
{
    unsigned char der[DER_MAX_BYTES];

    switch (key->alg->key_type) {
    case KEY_OCT: return verify_mac(key, input, signature);
    case KEY_EC: return verify_digest(key, input, der, write_der(signature, der));
    case KEY_RSA:
        return verify_digest(key, input, (const unsigned char *)signature.ptr, signature.len);
    case KEY_OKP: return verify_whole(key, input, signature);
    case KEY_NONE:
    default: return false;
    }
}

/* Is this the key's signature over the input? Any thread. Constant time in the signature, but for
 * its length. */
bool signature_is_right(const struct key *key, str input, str signature)
{
    if (signature.len != expected_len(key))
        return false;
    (void)ERR_set_mark();
    bool is_right = verify_by_type(key, input, signature);
    (void)ERR_pop_to_mark();
    return is_right;
}

/* Signs the input with the private half of a pair; *out is in OpenSSL's form, DER for EC. */
static bool sign_pair(const struct key *key, str input, struct signature *out)
{
    AUTO(EVP_MD_CTX) *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters = NULL; /* ctx's */

    ensure(key->can_sign && key->pair != NULL);
    out->len = sizeof(out->bytes);
    return ctx != NULL &&
           EVP_DigestSignInit_ex(ctx, &parameters, key->alg->digest, NULL, NULL, key->pair, NULL) ==
               1 &&
           set_padding(key, parameters) &&
           EVP_DigestSign(ctx, out->bytes, &out->len, (const unsigned char *)input.ptr,
                          input.len) == 1;
}

/* Replaces a signature in DER by r and s side by side, padded to len bytes together. */
static bool replace_der(struct signature *signature, size_t len)
{
    const unsigned char *at = signature->bytes; /* OpenSSL moves it */

    ensure(len > 0 && len % 2 == 0 && len <= sizeof(signature->bytes));
    ensure(signature->len <= sizeof(signature->bytes));
    AUTO(ECDSA_SIG) *pair = d2i_ECDSA_SIG(NULL, &at, (long)signature->len);
    int half = (int)(len / 2);

    signature->len = len;
    return pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature->bytes, half) == half &&
           BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature->bytes + half, half) == half;
}

/* Signs the input; *out is in the form of a JWS. INVALID: the key can only verify. */
agentos_status signature_make(const struct key *key, str input, struct signature *out,
                              agentos_error *err)
{
    ensure((key->pair == NULL) == (key->mac != NULL));
    if (!key->can_sign)
        return fail(err, AGENTOS_INVALID, "a public key cannot sign");
    (void)ERR_set_mark();
    bool is_made = key->pair == NULL ? make_mac(key, input, out) : sign_pair(key, input, out);
    if (is_made && key->alg->key_type == KEY_EC)
        is_made = replace_der(out, key->alg->signature_len);
    (void)ERR_pop_to_mark();
    if (!is_made)
        return fail(err, AGENTOS_INTERNAL, "OpenSSL could not sign with %s", key->alg->name);
    return AGENTOS_OK;
}

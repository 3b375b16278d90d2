/* Published keys, written from OpenSSL's numbers rather than by the code under test, and what
 * becomes of them when they are read. */
#ifndef SUPPORT_PUBLISHED_H
#define SUPPORT_PUBLISHED_H

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/mem.h"
#include "jose/jwks.h"
#include "tokens.h"

/* Every algorithm. */
static inline struct jwks_rules published_rules(bool is_remote)
{
    static const struct alg *algs[ALG_COUNT];

    for (size_t i = 0; i < ALG_COUNT; i++)
        algs[i] = alg_at(i);
    return (struct jwks_rules){ .algs = algs, .alg_count = ALG_COUNT, .is_remote = is_remote };
}

static inline const char *published_number(arena *a, const struct key *key, const char *name,
                                           size_t len)
{
    AUTO_BUF text = buf_with_limit(4 * KiB);
    unsigned char bytes[1024];
    BIGNUM *number = NULL;

    assert_int_equal(EVP_PKEY_get_bn_param(key->pair, name, &number), 1);
    len = len > 0 ? len : (size_t)BN_num_bytes(number);
    assert_int_equal(BN_bn2binpad(number, bytes, (int)len), (int)len);
    BN_free(number);
    base64url_append(&text, (str){ (const char *)bytes, len });
    return arena_copy(a, buf_view(&text));
}

static inline const char *published_okp(arena *a, const struct key *key)
{
    AUTO_BUF text = buf_with_limit(KiB);
    unsigned char bytes[32];
    size_t len = sizeof(bytes);

    assert_int_equal(EVP_PKEY_get_raw_public_key(key->pair, bytes, &len), 1);
    base64url_append(&text, (str){ (const char *)bytes, len });
    return arena_printf(a, "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"", text.ptr);
}

/* The members that make up a public key, without braces. */
static inline const char *published_members(arena *a, const struct key *key)
{
    size_t len = key->alg->signature_len / 2;

    if (key->alg->key_type == KEY_RSA)
        return arena_printf(a, "\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"",
                            published_number(a, key, OSSL_PKEY_PARAM_RSA_N, 0),
                            published_number(a, key, OSSL_PKEY_PARAM_RSA_E, 0));
    if (key->alg->key_type == KEY_OKP)
        return published_okp(a, key);
    return arena_printf(a, "\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"",
                        key->alg->curve, published_number(a, key, OSSL_PKEY_PARAM_EC_PUB_X, len),
                        published_number(a, key, OSSL_PKEY_PARAM_EC_PUB_Y, len));
}

/* {MEMBERS EXTRA}; extra starts with a comma, or is empty. */
static inline const char *published_jwk(arena *a, const struct key *key, const char *extra)
{
    return arena_printf(a, "{%s%s}", published_members(a, key), extra);
}

static inline X509 *published_x509(const struct key *key)
{
    X509 *certificate = X509_new();

    assert_int_equal(X509_set_version(certificate, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(certificate), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(certificate), 86400));
    X509_NAME *name = X509_get_subject_name(certificate);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                                (const unsigned char *)"tenant.example", -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(certificate, name), 1);
    assert_int_equal(X509_set_pubkey(certificate, key->pair), 1);
    assert_int_not_equal(X509_sign(certificate, key->pair, EVP_sha256()), 0);
    return certificate;
}

/* A self-signed certificate: PEM with its line breaks as \n, fit for a JSON string. */
static inline const char *published_certificate(arena *a, const struct key *key)
{
    X509 *certificate = published_x509(key);
    BIO *bio = BIO_new(BIO_s_mem());
    AUTO_BUF text = buf_with_limit(16 * KiB);
    char *bytes = NULL;

    assert_int_equal(PEM_write_bio_X509(bio, certificate), 1);
    size_t len = (size_t)BIO_get_mem_data(bio, &bytes);
    for (size_t i = 0; i < len; i++)
        buf_append(&text, bytes[i] == '\n' ? STR("\\n") : (str){ bytes + i, 1 });
    BIO_free(bio);
    X509_free(certificate);
    return arena_copy(a, buf_view(&text));
}

/* Standard base64 of its DER, as `x5c` has it (RFC 7517 §4.7). */
static inline const char *published_x5c(arena *a, const struct key *key)
{
    X509 *certificate = published_x509(key);
    unsigned char *der = NULL;
    int len = i2d_X509(certificate, &der);
    char *text = arena_alloc(a, (size_t)len * 2);

    assert_true(EVP_EncodeBlock((unsigned char *)text, der, len) > 0);
    OPENSSL_free(der);
    X509_free(certificate);
    return text;
}

/* NULL when it is refused, with *told the reason; otherwise *told is what it says of skipped keys.
 */
static inline struct jwks *published_read_by(arena *a, const char *text,
                                             const struct jwks_rules *rules, const char **told)
{
    AUTO_BUF skipped = buf_with_limit(KiB);
    struct jwks *set = NULL;
    agentos_error err;

    agentos_status status = jwks_read(str_of(text), rules, &set, &skipped, &err);
    if (status != AGENTOS_OK)
        assert_int_equal(status, AGENTOS_INVALID);
    str what = status == AGENTOS_OK ? buf_view(&skipped) : str_of(err.message);
    assert_true(str_is_utf8(what));
    *told = arena_copy(a, what);
    return set;
}

static inline struct jwks *published_read(arena *a, const char *text, bool is_remote,
                                          const char **told)
{
    struct jwks_rules rules = published_rules(is_remote);

    return published_read_by(a, text, &rules, told);
}

/* What is told of a set that is read and dropped. */
static inline const char *published_told(arena *a, const char *text, bool is_remote)
{
    const char *told = NULL;

    jwks_unref(published_read(a, text, is_remote, &told));
    return told;
}

/* Does a key that the set offers for this token verify it? */
static inline bool published_verifies(const struct jwks *set, str token)
{
    AUTO(arena) *a = arena_new();
    const struct key *keys[JWKS_CANDIDATES_MAX];
    struct jws jws;
    bool is_verified = false;

    if (set == NULL || jws_parse(a, token, &jws, NULL) != AGENTOS_OK)
        return false;
    size_t count = jwks_find(set, jws.kid, jws.alg, keys);
    assert_true(count <= JWKS_CANDIDATES_MAX);
    for (size_t i = 0; i < count; i++)
        is_verified = is_verified || jws_verify(&jws, keys[i], NULL) == AGENTOS_OK;
    return is_verified;
}

/* A token of this key; kid NULL: none. */
static inline str published_token(arena *a, const char *alg, const struct key *key, const char *kid)
{
    const char *header = kid != NULL ? arena_printf(a, "{\"alg\":\"%s\",\"kid\":\"%s\"}", alg, kid)
                                     : arena_printf(a, "{\"alg\":\"%s\"}", alg);

    return test_token(a, key, header, "{\"sub\":\"ann\"}");
}

#endif

/* Public test vectors give keys as JWK. This turns one into what key_read_verification takes, PEM
 * or the bytes of a secret, by OpenSSL alone. No policy: the rules are those of the code under
 * test. */
#ifndef SUPPORT_JWK_KEY_H
#define SUPPORT_JWK_KEY_H

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "tokens.h"

static inline str jwk_bytes(arena *a, const json_t *jwk, const char *member)
{
    str bytes = { "", 0 };

    assert_true(base64url_decode(a, str_of(json_text(jwk, member)), &bytes));
    return bytes;
}

static inline void jwk_free_number(void *number)
{
    BN_free(number);
}

static inline void jwk_push_number(arena *a, OSSL_PARAM_BLD *params, const char *name,
                                   const json_t *jwk, const char *member)
{
    str bytes = jwk_bytes(a, jwk, member);
    BIGNUM *number = BN_bin2bn((const unsigned char *)bytes.ptr, (int)bytes.len, NULL);

    assert_int_equal(OSSL_PARAM_BLD_push_BN(params, name, number), 1);
    arena_defer(a, jwk_free_number, number);
}

static inline void jwk_push_point(arena *a, OSSL_PARAM_BLD *params, const json_t *jwk)
{
    str x = jwk_bytes(a, jwk, "x"), y = jwk_bytes(a, jwk, "y");
    char *point = arena_printf(a, "%c%*s", 4, (int)(x.len + y.len), "");

    memcpy(point + 1, x.ptr, x.len);
    memcpy(point + 1 + x.len, y.ptr, y.len);
    (void)OSSL_PARAM_BLD_push_utf8_string(params, OSSL_PKEY_PARAM_GROUP_NAME, json_text(jwk, "crv"),
                                          0);
    (void)OSSL_PARAM_BLD_push_octet_string(params, OSSL_PKEY_PARAM_PUB_KEY, point,
                                           1 + x.len + y.len);
}

static inline EVP_PKEY *jwk_pair(arena *a, const json_t *jwk)
{
    const char *kty = json_text(jwk, "kty");
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, kty, NULL);
    EVP_PKEY *pair = NULL;

    if (strcmp(kty, "RSA") == 0) {
        jwk_push_number(a, builder, OSSL_PKEY_PARAM_RSA_N, jwk, "n");
        jwk_push_number(a, builder, OSSL_PKEY_PARAM_RSA_E, jwk, "e");
    } else {
        jwk_push_point(a, builder, jwk);
    }
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &pair, EVP_PKEY_PUBLIC_KEY, params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(ctx);
    return pair;
}

static inline str pem_of(arena *a, EVP_PKEY *pair)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;

    assert_int_equal(PEM_write_bio_PUBKEY(bio, pair), 1);
    size_t len = (size_t)BIO_get_mem_data(bio, &bytes);
    str text = { arena_copy(a, (str){ bytes, len }), len };
    BIO_free(bio);
    return text;
}

/* The text of the key, from the arena. */
static inline str jwk_text(arena *a, const json_t *jwk)
{
    const char *kty = json_text(jwk, "kty");

    if (strcmp(kty, "oct") == 0)
        return jwk_bytes(a, jwk, "k");

    EVP_PKEY *pair = NULL;
    if (strcmp(kty, "OKP") == 0) {
        str x = jwk_bytes(a, jwk, "x");
        pair = EVP_PKEY_new_raw_public_key_ex(NULL, json_text(jwk, "crv"), NULL,
                                              (const unsigned char *)x.ptr, x.len);
    } else {
        pair = jwk_pair(a, jwk);
    }
    assert_non_null(pair);
    str text = pem_of(a, pair);
    EVP_PKEY_free(pair);
    return text;
}

#endif

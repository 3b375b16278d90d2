/* Reads the key material of a JWK (RFC 7518 §6, RFC 8037 §2). */
#include "jose/jwk_material.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/base64url.h"
#include "jose/key_format.h"

DEFINE_AUTO(BIGNUM, BN_free);
DEFINE_AUTO(EVP_PKEY_CTX, EVP_PKEY_CTX_free);
DEFINE_AUTO(OSSL_PARAM, OSSL_PARAM_free);
DEFINE_AUTO(OSSL_PARAM_BLD, OSSL_PARAM_BLD_free);

enum { ED25519_BYTES = 32, COORDINATE_MAX_BYTES = 66 };

/* Returns true if the value stands for an absent member. */
static bool is_empty(const json_t *value)
{
    return json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

const json_t *jwk_member(const json_t *jwk, const char *name)
{
    const json_t *value = json_object_get(jwk, name);

    ensure(name != NULL);
    return is_empty(value) ? NULL : value;
}

/* Decodes a member into the arena. Returns false if it is absent, empty or not base64url. */
static bool read_bytes(arena *a, const json_t *jwk, const char *name, str *out)
{
    const char *text = json_text(jwk, name);

    return text != NULL && text[0] != '\0' && base64url_decode(a, str_of(text), out);
}

/* Builds a public key, which the caller must free. Returns NULL if the parameters are invalid. */
static EVP_PKEY *make_public_key(const char *type, OSSL_PARAM_BLD *builder)
{
    AUTO(OSSL_PARAM) *params = OSSL_PARAM_BLD_to_param(builder);
    AUTO(EVP_PKEY_CTX) *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *pair = NULL;

    if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pair, EVP_PKEY_PUBLIC_KEY, params) != 1)
        return NULL;
    return pair;
}

/* Converts big-endian bytes to a number, which the caller must free. */
static BIGNUM *make_number(str bytes)
{
    ensure(bytes.len > 0 && bytes.len <= JWKS_MAX_BYTES); /* part of a key set: fits an int */
    BIGNUM *number = BN_bin2bn((const unsigned char *)bytes.ptr, (int)bytes.len, NULL);

    if (number == NULL)
        abort();
    return number;
}

/* Reads an RSA key (RFC 7518 §6.3.1). key_rules.c checks later that its numbers are safe. */
static bool read_rsa(arena *a, const json_t *jwk, struct jwk_material *out)
{
    str n_bytes = { "", 0 }, e_bytes = { "", 0 };

    ensure(out->pair == NULL);
    if (!read_bytes(a, jwk, "n", &n_bytes) || !read_bytes(a, jwk, "e", &e_bytes))
        return false;

    AUTO(BIGNUM) *n = make_number(n_bytes), *e = make_number(e_bytes);
    AUTO(OSSL_PARAM_BLD) *builder = OSSL_PARAM_BLD_new();
    if (builder == NULL || OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1)
        return false;
    out->pair = make_public_key("RSA", builder);
    return out->pair != NULL;
}

/* Returns the length of a coordinate in bytes, or 0 if the curve is not supported. */
static size_t coordinate_len(const char *curve)
{
    static const struct {
        const char *name;
        size_t len;
    } curves[] = { { "P-256", 32 }, { "P-384", 48 }, { "P-521", COORDINATE_MAX_BYTES } };

    for (size_t i = 0; i < COUNT(curves); i++)
        if (strcmp(curves[i].name, curve) == 0)
            return curves[i].len;
    return 0;
}

/* Returns the public key at (x, y), which the caller must free, or NULL if it is not on the curve.
 */
static EVP_PKEY *make_ec_key(const char *curve, str x, str y)
{
    unsigned char point[1 + 2 * COORDINATE_MAX_BYTES] = { POINT_CONVERSION_UNCOMPRESSED };
    size_t point_len = 1 + x.len + y.len;

    ensure(point_len <= sizeof(point));
    memcpy(point + 1, x.ptr, x.len);
    memcpy(point + 1 + x.len, y.ptr, y.len);

    AUTO(OSSL_PARAM_BLD) *builder = OSSL_PARAM_BLD_new();
    if (builder == NULL)
        return NULL;
    if (OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) != 1)
        return NULL;
    if (OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, point_len) != 1)
        return NULL;
    return make_public_key("EC", builder);
}

/* Reads an EC key (RFC 7518 §6.2.1). A coordinate must have the exact length of its curve. */
static bool read_ec(arena *a, const json_t *jwk, struct jwk_material *out)
{
    const char *curve = json_text(jwk, "crv");
    str x = { "", 0 }, y = { "", 0 };

    ensure(out->pair == NULL && curve != NULL);
    size_t len = coordinate_len(curve);
    ensure(len > 0 && len <= COORDINATE_MAX_BYTES); /* check_type accepts no other */
    if (!read_bytes(a, jwk, "x", &x) || x.len != len)
        return false;
    if (!read_bytes(a, jwk, "y", &y) || y.len != len)
        return false;
    out->pair = make_ec_key(curve, x, y);
    return out->pair != NULL;
}

static bool read_okp(arena *a, const json_t *jwk, struct jwk_material *out)
{
    str x = { "", 0 };

    ensure(out->pair == NULL);
    if (!read_bytes(a, jwk, "x", &x) || x.len != ED25519_BYTES)
        return false;
    out->pair =
        EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, (const unsigned char *)x.ptr, x.len);
    return out->pair != NULL;
}

/* Reads a shared secret (RFC 7518 §6.4) into memory that jwk_material_clear wipes. */
static bool read_oct(arena *unused, const json_t *jwk, struct jwk_material *out)
{
    const char *text = json_text(jwk, "k");

    (void)unused;
    ensure(out->secret == NULL);
    if (text == NULL)
        return false;
    out->secret_len = base64url_decoded_len(strlen(text));
    out->secret = OPENSSL_zalloc(out->secret_len + 1);
    if (out->secret == NULL)
        abort();
    return base64url_decode_into(str_of(text), out->secret);
}

static bool is_nist_curve(const char *curve)
{
    return coordinate_len(curve) > 0;
}

/* Accepts only Ed25519: X25519 and X448 cannot sign, and no algorithm in alg.c uses Ed448. */
static bool is_ed25519(const char *curve)
{
    return strcmp(curve, "Ed25519") == 0;
}

/* A type of key (RFC 7518 §6.1). */
struct jwk_type {
    const char *name;
    bool (*has_curve)(const char *curve); /* NULL: the type has no curves */
    bool (*read)(arena *a, const json_t *jwk, struct jwk_material *out);
    const char *first_member; /* without it, a JWK with `x5c` is only a certificate */
};

// clang-format off
static const struct jwk_type types[] = {
    { "RSA", NULL,          read_rsa, "n" },
    { "EC",  is_nist_curve, read_ec,  "x" },
    { "OKP", is_ed25519,    read_okp, "x" },
    { "oct", NULL,          read_oct, "k" },
};
// clang-format on

static const struct jwk_type *find_type(const char *name)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    return NULL;
}

/* Checks the type and the curve before any number is read. NULL is an unsupported type. */
static enum jwk_verdict check_type(const struct jwk_type *type, const json_t *jwk)
{
    const char *curve = json_text(jwk, "crv");

    if (type == NULL)
        return JWK_UNKNOWN;
    if (jwk_member(jwk, type->first_member) == NULL && json_object_get(jwk, "x5c") != NULL)
        return JWK_CERTIFICATE;
    if (type->has_curve == NULL)
        return JWK_USABLE;
    if (curve == NULL)
        return JWK_DAMAGED;
    return type->has_curve(curve) ? JWK_USABLE : JWK_UNKNOWN;
}

/* Returns why the numbers are unreadable: another encoding, or damage. */
static enum jwk_verdict explain_unreadable(const json_t *jwk)
{
    static const char *const numbers[] = { "n", "e", "x", "y", "k" };
    enum jwk_verdict verdict = JWK_DAMAGED;

    for (size_t i = 0; i < COUNT(numbers); i++) {
        const char *text = json_text(jwk, numbers[i]);

        if (text == NULL)
            continue;
        if (strpbrk(text, "+/") != NULL)
            return JWK_STANDARD;
        if (strchr(text, '=') != NULL)
            verdict = JWK_PADDED;
    }
    return verdict;
}

/* Reads the numbers of a JWK into *out. The caller must always call jwk_material_clear. */
enum jwk_verdict jwk_material_read(const json_t *jwk, struct jwk_material *out)
{
    ensure(out->pair == NULL && out->secret == NULL);
    AUTO(arena) *a = arena_new();
    const char *name = json_text(jwk, "kty");

    if (name == NULL)
        return JWK_DAMAGED;
    const struct jwk_type *type = find_type(name);
    enum jwk_verdict verdict = check_type(type, jwk);
    if (verdict != JWK_USABLE)
        return verdict;

    (void)ERR_set_mark(); /* the errors of this call are dropped below */
    bool is_read = type->read(a, jwk, out);
    (void)ERR_pop_to_mark();
    if (!is_read)
        return explain_unreadable(jwk);
    ensure((out->pair != NULL) != (out->secret != NULL));
    return JWK_USABLE;
}

void jwk_material_clear(struct jwk_material *material)
{
    EVP_PKEY_free(material->pair);
    OPENSSL_clear_free(material->secret, material->secret_len);
    *material = (struct jwk_material){ .pair = NULL };
}

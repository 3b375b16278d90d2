/* The supported signature algorithms (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2). */
#include "jose/alg.h"

#include "base/ensure.h"
#include "base/mem.h"

// clang-format off
static const struct alg algs[ALG_COUNT] = {
    /* name     key      digest    padding        curve    signature */
    { "HS256",  KEY_OCT, "SHA256", PADDING_NONE,  NULL,     32 },
    { "HS384",  KEY_OCT, "SHA384", PADDING_NONE,  NULL,     48 },
    { "HS512",  KEY_OCT, "SHA512", PADDING_NONE,  NULL,     64 },
    { "RS256",  KEY_RSA, "SHA256", PADDING_PKCS1, NULL,      0 },
    { "RS384",  KEY_RSA, "SHA384", PADDING_PKCS1, NULL,      0 },
    { "RS512",  KEY_RSA, "SHA512", PADDING_PKCS1, NULL,      0 },
    { "PS256",  KEY_RSA, "SHA256", PADDING_PSS,   NULL,      0 },
    { "PS384",  KEY_RSA, "SHA384", PADDING_PSS,   NULL,      0 },
    { "PS512",  KEY_RSA, "SHA512", PADDING_PSS,   NULL,      0 },
    { "ES256",  KEY_EC,  "SHA256", PADDING_NONE,  "P-256",  64 },
    { "ES384",  KEY_EC,  "SHA384", PADDING_NONE,  "P-384",  96 },
    { "ES512",  KEY_EC,  "SHA512", PADDING_NONE,  "P-521", 132 },
    { "EdDSA",  KEY_OKP, NULL,     PADDING_NONE,  "Ed25519", 64 },
    { "Ed25519", KEY_OKP, NULL,    PADDING_NONE,  "Ed25519", 64 }, /* EdDSA by its RFC 9864 name */
};
// clang-format on

const struct alg *alg_find(str name)
{
    for (size_t i = 0; i < COUNT(algs); i++)
        if (str_equal(name, str_of(algs[i].name)))
            return &algs[i];
    return NULL;
}

const struct alg *alg_at(size_t i)
{
    ensure(i < COUNT(algs));
    return &algs[i];
}

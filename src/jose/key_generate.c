/* Generates keys. */
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/random.h"
#include "jose/key_parts.h"

enum { SECRET_MAX_BYTES = 64 }; /* the digest of HS512 */

/* Generates a pair, which the caller must free. Returns NULL if OpenSSL fails. */
static EVP_PKEY *generate_pair(const struct alg *alg)
{
    if (alg->key_type == KEY_RSA)
        return EVP_RSA_gen(RSA_MIN_BITS);
    if (alg->key_type == KEY_EC)
        return EVP_EC_gen(alg->curve);
    ensure(alg->key_type == KEY_OKP);
    return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

/* Generates a secret as long as the digest (RFC 7518 §3.2). */
static agentos_status generate_secret(const struct alg *alg, struct key **out, agentos_error *err)
{
    char secret[SECRET_MAX_BYTES];

    ensure(alg->signature_len > 0 && alg->signature_len <= sizeof(secret));
    random_bytes(secret, alg->signature_len);
    agentos_status status = key_of_secret((str){ secret, alg->signature_len }, alg, out, err);
    OPENSSL_cleanse(secret, sizeof(secret));
    return status;
}

/* Generates a signing key. The caller must free *out. */
agentos_status key_generate(const struct alg *alg, struct key **out, agentos_error *err)
{
    ensure(alg->key_type != KEY_NONE);
    if (alg->key_type == KEY_OCT)
        return generate_secret(alg, out, err);

    EVP_PKEY *pair = generate_pair(alg);
    if (pair == NULL)
        return fail(err, AGENTOS_INTERNAL, "OpenSSL cannot generate a key for %s", alg->name);
    return key_of_pair_take(pair, alg, true, out, err);
}

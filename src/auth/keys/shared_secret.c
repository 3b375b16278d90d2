/* Shared secrets, such as the security key, stored as SHA-256. */
#include "auth/keys/shared_secret.h"

#include <openssl/crypto.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/placeholder.h"

static void hash_text(str text, unsigned char out[SHA256_DIGEST_LENGTH])
{
    const unsigned char *digest = SHA256((const unsigned char *)text.ptr, text.len, out);

    ensure(digest != NULL); /* fails only if out of memory */
}

/* Rejects a secret that is too short, a placeholder or a key. */
static agentos_status refuse_secret(const char *name, str secret, agentos_status status,
                                    agentos_error *err)
{
    ensure(status != AGENTOS_OK);
    const char *placeholder = placeholder_describe(secret);
    if (secret.len < SECRET_MIN_BYTES)
        return fail_about(err, status, "%s", "it has %zu bytes; %d are the least", name, secret.len,
                          SECRET_MIN_BYTES);
    if (placeholder != NULL)
        return fail_about(err, status, "%s", "%s", name, placeholder);
    return fail_about(err, status, "%s",
                      "a key, a certificate or a sample from documentation; make "
                      "a random text of %d bytes or more",
                      name, SECRET_MIN_BYTES);
}

/* Checks the secret as an HMAC key and stores its digest in *out. `text` may be NULL. */
agentos_status shared_secret_read(const char *name, const char *text, enum key_strength strength,
                                  struct shared_secret *out, agentos_error *err)
{
    const struct alg *hmac = alg_find(STR("HS256"));
    struct key *key = NULL;
    agentos_error reason; /* discarded: its message is about keys */

    ensure(name != NULL);
    ensure(hmac != NULL);
    ensure(!out->is_set);
    if (text == NULL)
        return AGENTOS_OK;
    str secret = str_of(text);
    agentos_status status = key_read_verification(secret, hmac, strength, &key, &reason);
    if (status != AGENTOS_OK)
        return refuse_secret(name, secret, status, err);
    key_free(key); /* only checked */
    hash_text(secret, out->digest);
    out->is_set = true;
    return AGENTOS_OK;
}

/* Returns whether a secret is set and equals the text. Takes constant time. */
bool shared_secret_equals(const struct shared_secret *secret, str text)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    hash_text(text, digest);
    bool is_equal = CRYPTO_memcmp(secret->digest, digest, sizeof(digest)) == 0;
    return is_equal && secret->is_set;
}

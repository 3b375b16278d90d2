/* Reads and compares shared secrets, such as the security key. A secret must satisfy the same rules
 * as an HMAC key, and only its SHA-256 is kept. */
#include "auth/keys/shared_secret.h"

#include <openssl/crypto.h>

#include "base/ensure.h"
#include "base/limits.h"

static void digest_of(str text, unsigned char out[SHA256_DIGEST_LENGTH])
{
    if (SHA256((const unsigned char *)text.ptr, text.len, out) == NULL)
        abort(); /* memory only */
}

agentos_status shared_secret_read(const char *name, const char *text, enum key_strength strength,
                                  struct shared_secret *out, agentos_error *err)
{
    static const str hmac = STR_INIT("HS256");
    struct key *key = NULL;
    agentos_error reason;

    ensure(!out->is_set);
    if (text == NULL)
        return AGENTOS_OK;
    agentos_status status =
        key_read_verification(str_of(text), alg_find(hmac), strength, &key, &reason);
    if (status != AGENTOS_OK && strlen(text) < SECRET_MIN_BYTES)
        return fail_about(err, status, "%s", "it has %zu bytes; %d are the least", name,
                          strlen(text), SECRET_MIN_BYTES);
    if (status != AGENTOS_OK)
        return fail_about(err, status, "%s",
                          "a key, a certificate or a sample from documentation; make "
                          "a random text of %d bytes or more",
                          name, SECRET_MIN_BYTES);
    key_free(key);
    digest_of(str_of(text), out->digest);
    out->is_set = true;
    return AGENTOS_OK;
}

bool shared_secret_equals(const struct shared_secret *secret, str text)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    digest_of(text, digest);
    return CRYPTO_memcmp(secret->digest, digest, sizeof(digest)) == 0 && secret->is_set;
}

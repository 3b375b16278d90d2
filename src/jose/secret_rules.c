/* Checks that a shared secret is no key, no sample and long enough. */
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/placeholder.h"
#include "jose/base64url.h"
#include "jose/key_format.h"
#include "jose/key_rules.h"

/* Text that only a key or a certificate contains. */
static const str key_markers[] = {
    STR_INIT("-----BEGIN"),     STR_INIT("-----END"), STR_INIT("---- BEGIN"), /* RFC 4716 */
    STR_INIT("ssh-rsa "),       STR_INIT("ssh-dss "), STR_INIT("ssh-ed25519 "),
    STR_INIT("ecdsa-sha2-"),    STR_INIT("sk-ssh-"),  STR_INIT("sk-ecdsa-"),
    STR_INIT("ssh-rsa-cert-v"), STR_INIT("\"kty\""), /* JWK, JWKS */
};

/* Samples from documentation, compared without case. */
static const str samples[] = {
    STR_INIT("secret"),
    STR_INIT("your-256-bit-secret"),
    STR_INIT("your-384-bit-secret"),
    STR_INIT("your-512-bit-secret"),
    STR_INIT("a-string-secret-at-least-256-bits-long"),
    STR_INIT("a-valid-string-secret-that-is-at-least-384-bits-long"),
    STR_INIT("a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long"),
    STR_INIT("your-public-key-or-shared-secret"),
    STR_INIT("your-secret-key-at-least-256-bits-long"),
    STR_INIT("your-super-secret-jwt-token-with-at-least-32-characters-long"),
    STR_INIT("super-secret-jwt-token-with-at-least-32-characters-long"),
};

/* Decodes base64 of either alphabet, ignoring whitespace and padding. */
static bool decode_loosely(str text, unsigned char *out, size_t *len)
{
    char *letters = OPENSSL_zalloc(text.len + 1);
    size_t letters_len = 0;

    if (letters == NULL)
        abort();
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (!str_has(STR(" \t\r\n="), c))
            letters[letters_len++] = base64url_letter(c);
    }
    *len = base64url_decoded_len(letters_len);
    ensure(letters_len <= text.len && *len <= text.len);
    bool is_base64 = base64url_decode_into((str){ letters, letters_len }, out);
    OPENSSL_clear_free(letters, text.len);
    return is_base64;
}

/* Returns true if the text is a key or certificate in base64 DER. */
static bool is_encoded_key(str text)
{
    ensure(text.len <= KEY_FILE_MAX_BYTES);
    unsigned char *bytes = OPENSSL_zalloc(text.len + 1);
    size_t len = 0;

    if (bytes == NULL)
        abort();
    bool is_key = decode_loosely(text, bytes, &len) && key_format_is_der(bytes, len);
    OPENSSL_clear_free(bytes, text.len);
    return is_key;
}

/* Returns true if the text contains a key or certificate in any known format (CVE-2015-9235). */
static bool is_key(str text)
{
    for (size_t i = 0; i < COUNT(key_markers); i++)
        if (str_contains(text, key_markers[i]))
            return true;
    return key_format_is_der((const unsigned char *)text.ptr, text.len) || is_encoded_key(text);
}

static bool is_sample(str text)
{
    for (size_t i = 0; i < COUNT(samples); i++)
        if (str_equal_nocase(text, samples[i]))
            return true;
    return false;
}

/* Rejects a secret that is shorter than the digest or a sample. */
static agentos_status reject_weak(str secret, const struct alg *alg, agentos_error *err)
{
    size_t least = SECRET_MIN_BYTES;

    if (alg->signature_len > least)
        least = alg->signature_len;
    if (secret.len < least)
        return fail(err, AGENTOS_INVALID, "the shared secret has %zu bytes; %s needs at least %zu",
                    secret.len, alg->name, least);
    if (is_sample(secret))
        return fail(err, AGENTOS_INVALID,
                    "the shared secret is a sample from documentation; make your own");
    return AGENTOS_OK;
}

/* Checks that the secret may be used with the algorithm. */
agentos_status key_rules_secret(str secret, const struct alg *alg, enum key_strength strength,
                                agentos_error *err)
{
    ensure(alg->key_type == KEY_OCT && alg->signature_len > 0);
    if (str_trim(secret).len == 0)
        return fail(err, AGENTOS_INVALID, "the shared secret is empty");
    if (secret.len > KEY_FILE_MAX_BYTES)
        return fail(err, AGENTOS_INVALID, "the shared secret is larger than %d KiB",
                    KEY_FILE_MAX_BYTES / KiB);
    if (is_key(secret))
        return fail(
            err, AGENTOS_INVALID,
            "%s takes a shared secret, and this is a key or a certificate; choose RS256, ES256 or "
            "EdDSA for it",
            alg->name);
    const char *placeholder = placeholder_describe(secret);
    if (placeholder != NULL)
        return fail(err, AGENTOS_INVALID, "the shared secret %s", placeholder);
    if (strength == KEY_WEAK_ALLOWED)
        return AGENTOS_OK;
    return reject_weak(secret, alg, err);
}

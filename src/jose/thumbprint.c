/* Computes the thumbprint of a key (RFC 7638 §3). */
#include <openssl/evp.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "jose/base64url.h"
#include "jose/jwk.h"
#include "jose/key_parts.h"

enum { JWK_MAX_BYTES = 4 * KiB, SHA256_BYTES = 32 }; /* the largest modulus has 1,366 characters */

/* Writes the base64url SHA-256 thumbprint. A secret has none, since a hash would help to guess it.
 */
const char *key_thumbprint(const struct key *key, char out[KEY_THUMBPRINT_SIZE])
{
    AUTO_BUF json = buf_with_limit(JWK_MAX_BYTES);
    AUTO_BUF text = buf_with_limit(KEY_THUMBPRINT_SIZE);
    writer w = { .out = &json };
    unsigned char hash[SHA256_BYTES];

    out[0] = '\0';
    if (key->pair == NULL)
        return out;
    write_object(&w);
    jwk_write_members(key, &w);
    write_end(&w);
    ensure(buf_ok(&json));
    if (EVP_Digest(json.ptr, json.len, hash, NULL, EVP_sha256(), NULL) != 1)
        return out;
    base64url_append(&text, (str){ (const char *)hash, sizeof(hash) });
    ensure(text.len == KEY_THUMBPRINT_SIZE - 1);
    (void)snprintf(out, KEY_THUMBPRINT_SIZE, "%s", text.ptr);
    return out;
}

/* One JSON Web Key (RFC 7517 §4), or PEM in its place, read into one key for each algorithm. The
 * members `x5c`, `x5t` and `x5u` are never read as keys. */
#ifndef JOSE_JWK_H
#define JOSE_JWK_H

#include "jose/jwks.h"
#include "json/parse.h"
#include "json/writer.h"

enum jwk_verdict {
    JWK_DAMAGED, /* a member is missing or malformed, or contradicts another */
    JWK_USABLE,
    JWK_ENCRYPTING, /* not for signatures, by its `use` or `key_ops` */
    JWK_FOREIGN,    /* for an algorithm that the rules do not list */
    JWK_PRIVATE,
    JWK_SECRET, /* a shared secret in a remote set */
    JWK_WEAK,
    JWK_UNKNOWN,     /* of an unknown type or curve */
    JWK_CERTIFICATE, /* only an `x5c` */
    JWK_PADDED,      /* a number has padding (RFC 7515 §2) */
    JWK_STANDARD,    /* a number has "+" or "/" of standard base64 */
    JWK_VERDICTS,
};

enum { JWK_ALGS_MAX = 6 }; /* RSA has six algorithms */

struct jwk_keys {
    struct key *keys[JWK_ALGS_MAX]; /* the caller must free them with key_free */
    size_t count;
};

/* Reads a JWK. Returns JWK_USABLE with at least one key in *out, which the caller must free. *out
 * is empty after any other verdict. */
MUST_USE enum jwk_verdict jwk_read(const json_t *jwk, const struct jwks_rules *rules,
                                   struct jwk_keys *out);

/* Reads a certificate or public key in PEM, like jwk_read. */
MUST_USE enum jwk_verdict jwk_read_pem(str pem, const struct jwks_rules *rules,
                                       struct jwk_keys *out);

/* Writes the public members into an open object, in alphabetical order (RFC 7638 §3.2). The key
 * must not be a shared secret. */
void jwk_write_members(const struct key *key, writer *w);

#endif

/* One JSON Web Key (RFC 7517 §4), or a PEM in its place: the keys it makes, one for each algorithm
 * it may be used with, or why it makes none. jwks.h has the set. `x5c`, `x5t`, `x5u` are never
 * read. */
#ifndef JOSE_JWK_H
#define JOSE_JWK_H

#include "jose/jwks.h"
#include "json/parse.h"
#include "json/writer.h"

enum jwk_verdict {
    JWK_DAMAGED, /* a member missing, malformed, or contradicting another */
    JWK_USABLE,
    JWK_ENCRYPTING, /* by its `use` or `key_ops` */
    JWK_FOREIGN,    /* of an algorithm that the rules do not list */
    JWK_PRIVATE,
    JWK_SECRET, /* a shared secret in a remote set */
    JWK_WEAK,
    JWK_UNKNOWN,     /* type or curve */
    JWK_CERTIFICATE, /* nothing but an `x5c` */
    JWK_VERDICTS,
};

enum { JWK_ALGS_MAX = 6 }; /* RSA has that many */

struct jwk_keys {
    struct key *keys[JWK_ALGS_MAX]; /* the caller's */
    size_t count;
};

/* JWK_USABLE with at least one key; anything else leaves *out empty. */
MUST_USE enum jwk_verdict jwk_read(const json_t *jwk, const struct jwks_rules *rules,
                                   struct jwk_keys *out);

/* The same for a certificate or public key in PEM. */
MUST_USE enum jwk_verdict jwk_read_pem(str pem, const struct jwks_rules *rules,
                                       struct jwk_keys *out);

/* The members that make up a public key, in alphabetical order (RFC 7638 §3.2), into an open
 * object. Not for secrets. */
void jwk_write_members(const struct key *key, writer *w);

#endif

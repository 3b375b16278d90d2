/* Keys: read from PEM or a shared secret (JWK: jwks.h) and bound to one algorithm. Immutable: many
 * threads may verify with one key at once. */
#ifndef JOSE_KEY_H
#define JOSE_KEY_H

#include "base/error.h"
#include "jose/alg.h"

struct key;

enum key_strength { KEY_STRONG, KEY_WEAK_ALLOWED };

/* A verification key for this algorithm, the caller's, from outside text: a PEM (SPKI, PKCS#1
 * public, X.509 certificate; literal "\n" sequences and lost line breaks are repaired) for
 * RS/PS/ES/EdDSA, or the bytes of a shared secret for HS. INVALID, with one sentence that says what
 * to do: unreadable, a private key, a PEM under HS, a secret under RS, the wrong kind or curve, RSA
 * outside RSA_MIN..MAX_BITS or with an even or small exponent, a secret shorter than
 * SECRET_MIN_BYTES or the digest (unless weak is allowed). The sentence never contains key
 * material. alg NULL: derived from a PEM as for signing; never a secret. */
MUST_USE agentos_status key_read_verification(str text, const struct alg *alg,
                                              enum key_strength strength, struct key **out,
                                              agentos_error *err);

/* A signing key: PKCS#8, PKCS#1 or SEC1 PEM, or a shared secret for HS. alg NULL: derived from the
 * key (RSA: RS256; EC: by curve; Ed25519: EdDSA; a secret: HS256). */
MUST_USE agentos_status key_read_signing(str text, const struct alg *alg,
                                         enum key_strength strength, struct key **out,
                                         agentos_error *err);

/* A new pair, or for HS a random secret. */
MUST_USE agentos_status key_generate(const struct alg *alg, struct key **out, agentos_error *err);

void key_free(struct key *key); /* wipes what is private; NULL is fine */

const struct alg *key_alg(const struct key *key);
/* The same public key, or the same secret, for the same algorithm. */
bool key_equal(const struct key *a, const struct key *b);

/* malloc'ed, NUL-terminated PEM: PKCS#8 (wipe it with OPENSSL_cleanse) and SPKI; freed by the
 * caller. INVALID for a secret, or a private PEM of a public key. */
MUST_USE agentos_status key_private_pem(const struct key *key, char **out, agentos_error *err);
MUST_USE agentos_status key_public_pem(const struct key *key, char **out, agentos_error *err);

enum { KEY_THUMBPRINT_SIZE = 44 };
/* RFC 7638 over SHA-256, base64url; returns out. Empty for a secret: its hash would help to guess
 * it. */
const char *key_thumbprint(const struct key *key, char out[KEY_THUMBPRINT_SIZE]);

#endif

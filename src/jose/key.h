/* Keys, read from PEM or a shared secret (jwks.h reads JWKs). A key is bound to one algorithm,
 * immutable, and may be used on any thread. */
#ifndef JOSE_KEY_H
#define JOSE_KEY_H

#include "base/error.h"
#include "jose/alg.h"

struct key;

enum key_strength { KEY_STRONG, KEY_WEAK_ALLOWED };

/* Reads a verification key; the caller must free *out. For RS, PS, ES and EdDSA the text is PEM
 * (SPKI, PKCS#1 public key or X.509 certificate) with any line breaks; for HS it is the secret. If
 * alg is NULL, the text is PEM and the algorithm is derived as for signing. Returns INVALID, with
 * advice, if the text is unreadable, a private key, or of the wrong kind or curve; if an RSA key is
 * outside RSA_MIN_BITS to RSA_MAX_BITS or has an unsafe modulus or exponent; or if a secret is
 * shorter than SECRET_MIN_BYTES or the digest. KEY_WEAK_ALLOWED relaxes the sizes. The message
 * never contains key material. */
MUST_USE agentos_status key_read_verification(str text, const struct alg *alg,
                                              enum key_strength strength, struct key **out,
                                              agentos_error *err);

/* Reads a signing key from a PEM (PKCS#8, PKCS#1 or SEC1), or from a shared secret for HS; the
 * caller must free *out. If alg is NULL, it is derived from the key: RS256 for RSA, the algorithm
 * of the curve for EC, EdDSA for Ed25519, and HS256 for a secret. Returns INVALID as
 * key_read_verification does. */
MUST_USE agentos_status key_read_signing(str text, const struct alg *alg,
                                         enum key_strength strength, struct key **out,
                                         agentos_error *err);

/* Generates a new pair, or a random secret for HS; the caller must free *out. Returns INTERNAL if
 * OpenSSL fails. RSA keys are slow to generate. */
MUST_USE agentos_status key_generate(const struct alg *alg, struct key **out, agentos_error *err);

void key_free(struct key *key); /* wipes its private parts; NULL is allowed */

const struct alg *key_alg(const struct key *key);
/* Returns true if both are the same public key or the same secret, for the same algorithm. */
bool key_equal(const struct key *a, const struct key *b);

/* Write a pair as NUL-terminated PEM: the private key as PKCS#8, the public key as SPKI. The caller
 * must free() the text, after wiping a private key with OPENSSL_cleanse. Return INVALID for a
 * secret and for the private PEM of a public key, and INTERNAL if OpenSSL fails. */
MUST_USE agentos_status key_private_pem(const struct key *key, char **out, agentos_error *err);
MUST_USE agentos_status key_public_pem(const struct key *key, char **out, agentos_error *err);

enum { KEY_THUMBPRINT_SIZE = 44 };
/* Writes the base64url SHA-256 thumbprint (RFC 7638) to `out` and returns `out`. Empty for a
 * secret, which a hash would help to guess, and if OpenSSL fails. */
const char *key_thumbprint(const struct key *key, char out[KEY_THUMBPRINT_SIZE]);

#endif

/* Keys, read from PEM or from a shared secret (jwks.h reads JWKs) and bound to one algorithm. A key
 * is immutable, so many threads may verify with it at once. */
#ifndef JOSE_KEY_H
#define JOSE_KEY_H

#include "base/error.h"
#include "jose/alg.h"

struct key;

enum key_strength { KEY_STRONG, KEY_WEAK_ALLOWED };

/* Reads a verification key for this algorithm from outside text; the caller must free *out. For RS,
 * PS, ES and EdDSA the text is a PEM (SPKI, PKCS#1 public key or X.509 certificate), in which
 * literal "\n" sequences and lost line breaks are repaired. For HS it is the bytes of a shared
 * secret. If alg is NULL, the text is read as PEM and the algorithm is derived as for signing.
 * Returns INVALID with one sentence that says what to do if the text is unreadable or a private
 * key, if it is a PEM for HS or a secret for RS, or if the key has the wrong kind or curve. RSA
 * keys outside RSA_MIN_BITS to RSA_MAX_BITS or with an unsafe modulus or exponent are INVALID too,
 * and so is a secret that is shorter than SECRET_MIN_BYTES or the digest. Weak keys may be allowed.
 * The message never contains key material. */
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
 * OpenSSL fails. An RSA key takes long to generate. */
MUST_USE agentos_status key_generate(const struct alg *alg, struct key **out, agentos_error *err);

void key_free(struct key *key); /* Frees the key and wipes its private parts. NULL is allowed. */

const struct alg *key_alg(const struct key *key);
/* Returns true if both are the same public key or the same secret, for the same algorithm. */
bool key_equal(const struct key *a, const struct key *b);

/* Write a pair as PEM with a NUL at the end: the private key as PKCS#8, the public key as SPKI. The
 * text is allocated with malloc; the caller must free it, and wipe a private key with
 * OPENSSL_cleanse before. Return INVALID for a secret and for the private PEM of a public key, and
 * INTERNAL if OpenSSL fails. */
MUST_USE agentos_status key_private_pem(const struct key *key, char **out, agentos_error *err);
MUST_USE agentos_status key_public_pem(const struct key *key, char **out, agentos_error *err);

enum { KEY_THUMBPRINT_SIZE = 44 };
/* Writes the thumbprint of the key (RFC 7638) over SHA-256 in base64url to `out`, and returns
 * `out`. The text is empty for a secret, because a hash would help to guess the secret. */
const char *key_thumbprint(const struct key *key, char out[KEY_THUMBPRINT_SIZE]);

#endif

/* JSON Web Key Sets (RFC 7517 §5): read once, immutable afterwards, shared by all loops. A set has
 * verification keys only; what they may be used for is fixed by the rules under which it was read.
 */
#ifndef JOSE_JWKS_H
#define JOSE_JWKS_H

#include "base/buf.h"
#include "jose/key.h"

struct jwks; /* counted; any thread */

/* A usable key, bound to one algorithm. A JWK without `alg` may have several entries. */
struct jwks_entry {
    struct key *key;                      /* the set's */
    const char *kid;                      /* "": none */
    size_t position;                      /* of its JWK in the document */
    const struct jwks_entry *next_of_kid; /* with the same kid, in order; NULL: the last */
};

struct jwks_rules {
    const struct alg *const *algs; /* the algorithms that may be used; a key without `alg` is bound
                                    * to each of them that fits its type and curve */
    size_t alg_count;
    bool is_remote; /* `oct` keys are skipped: a secret that was published is not one */
    enum key_strength strength;
};

/* From {"keys":[...]}, a single JWK, or {kid: PEM of a certificate or public key} as some providers
 * publish. Keys that are for encryption (use, key_ops), of another algorithm, private, too weak,
 * damaged or unknown are skipped; `skipped` (may be NULL) gets a sentence that counts them. A valid
 * set may be empty. *out is the caller's reference. INVALID: not JSON, not a set, over
 * JWKS_MAX_BYTES or JWKS_KEYS_MAX, the same kid twice with the same algorithm; and in a local set a
 * private key, or a shared secret beside public keys. The sentences quote nothing of the text but
 * kids. */
MUST_USE agentos_status jwks_read(str text, const struct jwks_rules *rules, struct jwks **out,
                                  buf *skipped, agentos_error *err);

struct jwks *jwks_ref(struct jwks *set);
void jwks_unref(struct jwks *set);         /* the last one frees; NULL is fine */
size_t jwks_count(const struct jwks *set); /* entries: usable keys, once for each algorithm */
/* In the order of the document; i < jwks_count. */
const struct jwks_entry *jwks_entry(const struct jwks *set, size_t i);

enum { JWKS_CANDIDATES_MAX = 4 };

/* The keys to try on a token with this kid and alg, borrowed from the set: those of that kid;
 * without a kid in the token, every fitting key; with a kid that the set lacks, its keys that have
 * no kid. At most JWKS_CANDIDATES_MAX. */
size_t jwks_find(const struct jwks *set, str kid, str alg,
                 const struct key *out[JWKS_CANDIDATES_MAX]);
bool jwks_has_kid(const struct jwks *set, str kid); /* false for an empty kid */

/* The same usable keys, with the same kids and algorithms: a fetch that changes nothing invalidates
 * nothing. */
bool jwks_equal(const struct jwks *a, const struct jwks *b);

/* Appends the public JWK of a key: kid, use, alg, kty and the public numbers; never its private
 * parts. INVALID: a shared secret. TOO_LARGE: past out's limit. */
MUST_USE agentos_status jwk_write_public(const struct key *key, const char *kid, buf *out,
                                         agentos_error *err);

#endif

/* JSON Web Key Sets (RFC 7517 §5): immutable sets of verification keys, each bound to one algorithm
 * and shared by all event loops. */
#ifndef JOSE_JWKS_H
#define JOSE_JWKS_H

#include "base/buf.h"
#include "jose/key.h"

struct jwks; /* reference-counted; may be used on any thread */

/* A usable key, bound to one algorithm. A JWK without `alg` may have several entries. */
struct jwks_entry {
    struct key *key;   /* owned by the set */
    const char *kid;   /* empty if the key has no kid */
    size_t position;   /* the index of its JWK in the document */
    bool is_ambiguous; /* another key has the same kid and algorithm; neither is used */
    /* the next entry with the same kid, in the order of the document; NULL after the last */
    struct jwks_entry *next_of_kid;
};

struct jwks_rules {
    /* The algorithms that may be used. A key without `alg` is bound to each of them that fits its
     * type and curve. */
    const struct alg *const *algs;
    size_t alg_count;
    /* the set is published: its `oct` keys are skipped */
    bool is_remote;
    enum key_strength strength;
};

/* Reads a key set from {"keys":[...]}, a single JWK, or an object {kid: PEM of a certificate or
 * public key}. On success the caller owns the reference in *out; the set may be empty. Skips keys
 * that are for encryption (use, key_ops), for another algorithm, private, too weak, damaged or of
 * an unknown type, and appends a sentence about them to `skipped`, which may be NULL. Returns
 * INVALID, and leaves *out unchanged, if the text is not a JSON key set, exceeds JWKS_MAX_BYTES or
 * JWKS_KEYS_MAX, or mixes shared secrets and public keys. A local set is also INVALID if it has a
 * private key, or different keys with the same kid and algorithm; a remote set does not use them.
 * Duplicate keys count once. Messages quote only kids. May be called on any thread; does no I/O. */
MUST_USE agentos_status jwks_read(str text, const struct jwks_rules *rules, struct jwks **out,
                                  buf *skipped, agentos_error *err);

struct jwks *jwks_ref(struct jwks *set);
void jwks_unref(struct jwks *set); /* the last one frees the set; NULL is allowed */
/* the number of entries: a key counts once per algorithm */
size_t jwks_count(const struct jwks *set);
/* the number of entries that are not ambiguous */
size_t jwks_usable(const struct jwks *set);
/* Returns the entry at this index, in the order of the document. i must be below jwks_count. */
const struct jwks_entry *jwks_entry(const struct jwks *set, size_t i);

enum { JWKS_CANDIDATES_MAX = 4 };

/* Writes the keys to try on a token with this kid and alg to `out`, borrowed from the set, and
 * returns their number. They are the keys with this kid; all keys, if the kid is empty; or the keys
 * without a kid, if the set does not have this one. */
size_t jwks_find(const struct jwks *set, str kid, str alg,
                 const struct key *out[JWKS_CANDIDATES_MAX]);
/* Returns true if several keys have this kid and algorithm. None of them is used. */
bool jwks_is_ambiguous(const struct jwks *set, str kid, str alg);
bool jwks_has_kid(const struct jwks *set, str kid); /* false for an empty kid */

/* Returns true if both sets have the same keys with the same kids and algorithms. */
bool jwks_equal(const struct jwks *a, const struct jwks *b);

/* Appends the public JWK of a key, with kid (unless NULL), use, alg, kty and the public numbers.
 * Returns INVALID for a shared secret, and TOO_LARGE if `out` reaches its limit. */
MUST_USE agentos_status jwk_write_public(const struct key *key, const char *kid, buf *out,
                                         agentos_error *err);

#endif

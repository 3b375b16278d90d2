/* JSON Web Key Sets (RFC 7517 §5). A set is read once, is immutable afterwards, and is shared by
 * all loops. It contains only verification keys, and the rules under which it was read fix the
 * algorithms that they may be used with. */
#ifndef JOSE_JWKS_H
#define JOSE_JWKS_H

#include "base/buf.h"
#include "jose/key.h"

struct jwks; /* has a reference count; any thread may use it */

/* A usable key, bound to one algorithm. A JWK without `alg` may have several entries. */
struct jwks_entry {
    struct key *key;   /* owned by the set */
    const char *kid;   /* empty if the key has no kid */
    size_t position;   /* the index of its JWK in the document */
    bool is_ambiguous; /* another key has the kid and the algorithm, so neither is used */
    /* the next entry with the same kid, in the order of the document; NULL after the last */
    struct jwks_entry *next_of_kid;
};

struct jwks_rules {
    /* The algorithms that may be used. A key without `alg` is bound to each of them that fits its
     * type and curve. */
    const struct alg *const *algs;
    size_t alg_count;
    /* the set is published, so `oct` keys are skipped: a published secret is not secret */
    bool is_remote;
    enum key_strength strength;
};

/* Reads a key set from {"keys":[...]}, from a single JWK, or from an object {kid: PEM of a
 * certificate or public key}, as some providers publish it. On success the caller owns the
 * reference in *out, and the set may be empty. Keys that are for encryption (use, key_ops), for
 * another algorithm, private, too weak, damaged or of an unknown type are skipped, and a sentence
 * that counts them is appended to `skipped`, which may be NULL. Returns INVALID, and leaves *out
 * unchanged, if the text is not JSON or not a key set, or exceeds JWKS_MAX_BYTES or JWKS_KEYS_MAX.
 * A local set is also INVALID if it has a private key, shared secrets beside public keys, or
 * different keys with the same kid for the same algorithm. In a remote set such keys are not used,
 * since nobody can tell which of them is meant, and `skipped` says so. A key that is listed again
 * under its kid is one key. The messages quote nothing of the text but kids. May be called on any
 * thread and does no I/O. */
MUST_USE agentos_status jwks_read(str text, const struct jwks_rules *rules, struct jwks **out,
                                  buf *skipped, agentos_error *err);

struct jwks *jwks_ref(struct jwks *set);
void jwks_unref(struct jwks *set); /* the last reference frees the set; NULL is allowed */
/* the number of entries, in which a key counts once for each algorithm */
size_t jwks_count(const struct jwks *set);
/* the number of entries that are not ambiguous */
size_t jwks_usable(const struct jwks *set);
/* Returns the entry at this index, in the order of the document. i must be below jwks_count. */
const struct jwks_entry *jwks_entry(const struct jwks *set, size_t i);

enum { JWKS_CANDIDATES_MAX = 4 };

/* Stores the keys to try on a token with this kid and alg in `out` and returns their number, at
 * most JWKS_CANDIDATES_MAX. The keys are borrowed from the set. They are the keys with this kid; or
 * all keys, if the token has no kid; or the keys without a kid, if the set does not contain the
 * token's kid. */
size_t jwks_find(const struct jwks *set, str kid, str alg,
                 const struct key *out[JWKS_CANDIDATES_MAX]);
/* Returns true if the set has several keys of this kid and algorithm, none of which is used. */
bool jwks_is_ambiguous(const struct jwks *set, str kid, str alg);
bool jwks_has_kid(const struct jwks *set, str kid); /* false for an empty kid */

/* Returns true if both sets have the same usable keys with the same kids and algorithms, so that a
 * fetch that changes nothing need not invalidate anything. */
bool jwks_equal(const struct jwks *a, const struct jwks *b);

/* Appends the public JWK of a key, with kid (unless it is NULL), use, alg, kty and the public
 * numbers, and never a private part. Returns INVALID for a shared secret, and TOO_LARGE if `out`
 * reaches its limit. */
MUST_USE agentos_status jwk_write_public(const struct key *key, const char *kid, buf *out,
                                         agentos_error *err);

#endif

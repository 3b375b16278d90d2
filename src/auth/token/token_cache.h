/* The cache of the verified tokens of one loop. A token that it contains costs one hash and one
 * comparison, but no check of a signature. */
#ifndef AUTH_TOKEN_TOKEN_CACHE_H
#define AUTH_TOKEN_TOKEN_CACHE_H

#include "auth/token/verified.h"

/* Contains at most entries_max tokens; the least recently used one is removed first. Only the
 * loop's thread may use a cache, except for token_cache_count. An expired token is never found. */
struct token_cache;
struct token_cache *token_cache_new(size_t entries_max);
void token_cache_free(struct token_cache *cache); /* NULL is allowed */

/* Returns a new reference to the principal of this token, which the caller must release with
 * verified_unref. Returns NULL if the token is unknown or has expired, or if its issuer's keys have
 * changed since it was verified. `generation` is that of the authority and must not be 0; all
 * tokens that another authority verified are removed first. */
struct verified *token_cache_find(struct token_cache *cache, uint64_t generation, str token,
                                  int64_t now_s);

/* How often token_cache_find has found a token, and how often it has not. May be read on any
 * thread. */
struct token_cache_counts {
    uint64_t hits, misses;
};
struct token_cache_counts token_cache_count(const struct token_cache *cache);

/* Adds the token to the cache, which keeps a reference of its own. Must be called after
 * token_cache_find for the same authority. Does nothing if another token with the same signature is
 * in the cache. */
void token_cache_put(struct token_cache *cache, str token, struct verified *verified);

#endif

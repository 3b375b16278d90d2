/* The cache of verified tokens of one event loop. A hit costs one hash and one comparison. */
#ifndef AUTH_TOKEN_TOKEN_CACHE_H
#define AUTH_TOKEN_TOKEN_CACHE_H

#include "auth/token/verified.h"

/* Holds at most entries_max tokens and evicts the least recently used. Only token_cache_count may
 * be called on other threads. Never returns an expired token. */
struct token_cache;
struct token_cache *token_cache_new(size_t entries_max);
void token_cache_free(struct token_cache *cache); /* NULL is allowed */

/* Returns a new reference to the principal of this token, to be released with verified_unref.
 * Returns NULL if the token is unknown or expired, or if its issuer's keys have changed since.
 * `generation` is that of the authority and must not be 0; a new generation empties the cache. */
struct verified *token_cache_find(struct token_cache *cache, uint64_t generation, str token,
                                  int64_t now_s);

/* The number of hits and misses of token_cache_find. Thread-safe. */
struct token_cache_counts {
    uint64_t hits, misses;
};
struct token_cache_counts token_cache_count(const struct token_cache *cache);

/* Adds the token, keeping a new reference. Must follow token_cache_find for the same authority.
 * Does nothing if the cache holds another token with the same signature. */
void token_cache_put(struct token_cache *cache, str token, struct verified *verified);

#endif

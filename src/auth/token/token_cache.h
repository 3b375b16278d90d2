/* The cache of verified tokens of one loop: a token that it knows costs one hash and one
 * comparison, and no check of a signature. */
#ifndef AUTH_TOKEN_TOKEN_CACHE_H
#define AUTH_TOKEN_TOKEN_CACHE_H

#include "auth/token/verified.h"

/* At most entries_max tokens; the least recently used is removed first. Of one loop's thread. A
 * token is never found once it has expired. */
struct token_cache;
struct token_cache *token_cache_new(size_t entries_max);
void token_cache_free(struct token_cache *cache); /* NULL is fine */

/* The principal that this token was verified as, a new reference; NULL: the token is unknown or has
 * expired, or its issuer's keys have changed since. generation: of the authority that asks, not 0;
 * tokens that another one verified are forgotten. */
struct verified *token_cache_find(struct token_cache *cache, uint64_t generation, str token,
                                  int64_t now_s);

/* How often token_cache_find knew the token, and how often it did not. Any thread. */
struct token_cache_counts {
    uint64_t hits, misses;
};
struct token_cache_counts token_cache_count(const struct token_cache *cache);

/* Remembers the token, with a reference of the cache's own. Called after token_cache_find for the
 * same authority. */
void token_cache_put(struct token_cache *cache, str token, struct verified *verified);

#endif

/* The cache of verified tokens of one loop: a warm request costs one hash and one comparison. */
#ifndef AUTH_TOKEN_TOKEN_CACHE_H
#define AUTH_TOKEN_TOKEN_CACHE_H

#include "auth/token/verified.h"

/* Bounded, least recently used goes first; one a loop, not shared. An entry is never served past
 * its expiry. */
struct token_cache;
struct token_cache *token_cache_new(size_t entries_max);
void token_cache_free(struct token_cache *cache); /* NULL is fine */

/* The principal this token was verified to be, as a new reference; NULL: not known, expired, or its
 * issuer's keys have moved since. generation: of the authority that asks; what another one has
 * verified is forgotten. */
struct verified *token_cache_find(struct token_cache *cache, uint64_t generation, str token,
                                  int64_t now_s);

/* How often find knew the token, and how often not. Any thread. */
struct token_cache_counts {
    uint64_t hits, misses;
};
struct token_cache_counts token_cache_count(const struct token_cache *cache);

/* Remember, with a reference of the cache's own; after a find by the same authority. */
void token_cache_put(struct token_cache *cache, str token, struct verified *verified);

#endif

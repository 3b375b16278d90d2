/* Caches verified tokens by the SHA-256 of their signature, and never stores a signature. */
#include "auth/token/token_cache.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdatomic.h>

#include "base/ensure.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"

struct token_cache {
    struct map by_digest;              /* -> struct entry */
    struct list by_use;                /* the same entries; the first is the least recently used */
    size_t entries_max;                /* 0 while empty */
    uint64_t generation;               /* of the authority that verified the entries */
    atomic_uint_fast64_t hits, misses; /* written by one thread, read by any */
    EVP_MD *sha256;                    /* fetched once, because the lookup is slow */
    EVP_MD_CTX *context;
};

/* A verified token. */
struct entry {
    struct list node;
    unsigned char digest[SHA256_DIGEST_LENGTH]; /* of the signature */
    struct verified *verified;                  /* a reference */
    size_t signed_len;
    char signed_text[]; /* the token up to its last dot */
};

/* Returns the header and the payload, up to the last dot. */
static str signed_part(str token)
{
    const char *dot = token.len > 0 ? memrchr(token.ptr, '.', token.len) : NULL;

    return (str){ token.ptr, dot != NULL ? (size_t)(dot - token.ptr) : 0 };
}

/* Returns whether the entry belongs to the token. Equal digests only mean equal signatures. */
static bool is_entry_of(const struct entry *entry, str token)
{
    return str_equal(signed_part(token), (str){ entry->signed_text, entry->signed_len });
}

/* Returns an empty cache for at most entries_max tokens, to be freed with token_cache_free. */
struct token_cache *token_cache_new(size_t entries_max)
{
    struct token_cache *cache = mem_zeroed(sizeof(*cache));

    cache->entries_max = entries_max;
    cache->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    cache->context = EVP_MD_CTX_new();
    if (cache->sha256 == NULL || cache->context == NULL)
        abort(); /* out of memory */
    list_init(&cache->by_use);
    return cache;
}

static str digest_view(const unsigned char digest[SHA256_DIGEST_LENGTH])
{
    return (str){ (const char *)digest, SHA256_DIGEST_LENGTH };
}

/* Returns a new entry with its own reference, for the map and the list. */
static struct entry *new_entry(str signed_text, const unsigned char digest[SHA256_DIGEST_LENGTH],
                               struct verified *verified)
{
    ensure(verified != NULL);
    struct entry *entry = mem_zeroed(sizeof(*entry) + signed_text.len);

    memcpy(entry->digest, digest, SHA256_DIGEST_LENGTH);
    entry->signed_len = signed_text.len;
    if (signed_text.len > 0)
        memcpy(entry->signed_text, signed_text.ptr, signed_text.len);
    entry->verified = verified_ref(verified);
    return entry;
}

/* Removes the entry from the cache and frees it. */
static void remove_entry(struct token_cache *cache, struct entry *entry)
{
    const struct entry *removed = map_remove(&cache->by_digest, digest_view(entry->digest));

    ensure(removed == entry);
    list_remove(&entry->node);
    verified_unref(entry->verified);
    free(entry);
}

/* Returns the least recently used entry. The cache must not be empty. */
static struct entry *least_recent(const struct token_cache *cache)
{
    ensure(!list_is_empty(&cache->by_use));
    return LIST_OWNER(cache->by_use.next, struct entry, node);
}

static void forget_all(struct token_cache *cache)
{
    while (!list_is_empty(&cache->by_use))
        remove_entry(cache, least_recent(cache));
    ensure(cache->by_digest.count == 0);
}

/* Frees the cache and its entries. NULL is allowed. */
void token_cache_free(struct token_cache *cache)
{
    if (cache == NULL)
        return;
    forget_all(cache);
    map_clear(&cache->by_digest);
    EVP_MD_CTX_free(cache->context);
    EVP_MD_free(cache->sha256);
    free(cache);
}

/* Hashes the token's signature and the dot before it. */
static void hash_signature(struct token_cache *cache, str token,
                           unsigned char out[SHA256_DIGEST_LENGTH])
{
    str signature = str_from(token, signed_part(token).len);

    if (EVP_DigestInit_ex2(cache->context, cache->sha256, NULL) != 1 ||
        EVP_DigestUpdate(cache->context, signature.ptr, signature.len) != 1 ||
        EVP_DigestFinal_ex(cache->context, out, NULL) != 1)
        abort(); /* out of memory */
}

/* Increments a counter with a single writer. */
static void count_one(atomic_uint_fast64_t *number)
{
    uint64_t before = atomic_load_explicit(number, memory_order_relaxed);

    atomic_store_explicit(number, before + 1, memory_order_relaxed);
}

struct token_cache_counts token_cache_count(const struct token_cache *cache)
{
    return (struct token_cache_counts){
        .hits = atomic_load_explicit(&cache->hits, memory_order_relaxed),
        .misses = atomic_load_explicit(&cache->misses, memory_order_relaxed),
    };
}

/* Returns the token's valid entry, or NULL. Removes an entry that is no longer valid. */
static struct entry *find_current(struct token_cache *cache,
                                  const unsigned char digest[SHA256_DIGEST_LENGTH], str token,
                                  int64_t now_s)
{
    struct entry *entry = map_get(&cache->by_digest, digest_view(digest));

    if (entry == NULL || !is_entry_of(entry, token))
        return NULL;
    if (!verified_is_current(entry->verified, now_s)) {
        remove_entry(cache, entry);
        return NULL;
    }
    return entry;
}

/* Returns a new reference to the token's principal, or NULL. A new generation empties the cache. */
struct verified *token_cache_find(struct token_cache *cache, uint64_t generation, str token,
                                  int64_t now_s)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    ensure(generation > 0);
    if (cache->generation != generation) {
        forget_all(cache);
        cache->generation = generation;
    }
    hash_signature(cache, token, digest);
    struct entry *entry = find_current(cache, digest, token, now_s);
    if (entry == NULL) {
        count_one(&cache->misses);
        return NULL;
    }
    count_one(&cache->hits);
    list_remove(&entry->node); /* to the end: most recently used */
    list_append(&cache->by_use, &entry->node);
    return verified_ref(entry->verified);
}

/* Adds the token and evicts old ones. Ignores a token with a known signature. */
void token_cache_put(struct token_cache *cache, str token, struct verified *verified)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    ensure(verified != NULL);
    if (cache->entries_max == 0)
        return;
    hash_signature(cache, token, digest);
    if (map_get(&cache->by_digest, digest_view(digest)) != NULL)
        return;
    while (cache->by_digest.count >= cache->entries_max)
        remove_entry(cache, least_recent(cache));

    struct entry *entry = new_entry(signed_part(token), digest, verified);
    list_append(&cache->by_use, &entry->node);
    const struct entry *replaced = map_put(&cache->by_digest, digest_view(digest), entry);
    ensure(replaced == NULL && cache->by_digest.count <= cache->entries_max);
}

/* Caches the verified tokens of one loop by the SHA-256 of their signature, and evicts the least
 * recently used. Header and payload are compared byte by byte, which is cheaper than hashing them.
 * Signatures are not stored, so a memory dump contains no usable token. */
#include "auth/token/token_cache.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdatomic.h>

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"

struct token_cache {
    struct map by_digest;
    struct list by_use; /* the head's next is the least recently used */
    size_t entries_max;
    uint64_t generation;
    atomic_uint_fast64_t hits, misses; /* written by one thread, read by any */
    EVP_MD *sha256;                    /* fetched once: looking it up costs more than hashing */
    EVP_MD_CTX *context;
};

struct entry {
    struct list node;
    unsigned char digest[SHA256_DIGEST_LENGTH];
    struct verified *verified;
    size_t signed_len;
    char signed_text[]; /* the token up to its last dot */
};

/* Header and payload; what follows the last dot is the signature, from whoever it may be. */
static str signed_part(str token)
{
    const char *dot = token.len > 0 ? memrchr(token.ptr, '.', token.len) : NULL;

    return (str){ token.ptr, dot != NULL ? (size_t)(dot - token.ptr) : 0 };
}

static bool is_of(const struct entry *entry, str token)
{
    return str_equal(signed_part(token), (str){ entry->signed_text, entry->signed_len });
}

struct token_cache *token_cache_new(size_t entries_max)
{
    struct token_cache *cache = mem_zeroed(sizeof(*cache));
    cache->entries_max = entries_max;
    cache->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    cache->context = EVP_MD_CTX_new();
    if (cache->sha256 == NULL || cache->context == NULL)
        abort();
    list_init(&cache->by_use);
    return cache;
}

static str key_of(const unsigned char digest[SHA256_DIGEST_LENGTH])
{
    return (str){ (const char *)digest, SHA256_DIGEST_LENGTH };
}

static void entry_remove(struct token_cache *cache, struct entry *entry)
{
    (void)map_remove(&cache->by_digest, key_of(entry->digest)); /* it is this entry */
    list_remove(&entry->node);
    verified_unref(entry->verified);
    free(entry);
}

static struct entry *least_recent(const struct token_cache *cache)
{
    return LIST_OWNER(cache->by_use.next, struct entry, node);
}

static void forget_all(struct token_cache *cache)
{
    while (!list_is_empty(&cache->by_use))
        entry_remove(cache, least_recent(cache));
}

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

static void hash(struct token_cache *cache, str token, unsigned char out[SHA256_DIGEST_LENGTH])
{
    str signature = str_from(token, signed_part(token).len);

    if (EVP_DigestInit_ex2(cache->context, cache->sha256, NULL) != 1 ||
        EVP_DigestUpdate(cache->context, signature.ptr, signature.len) != 1 ||
        EVP_DigestFinal_ex(cache->context, out, NULL) != 1)
        abort(); /* memory only: the digest was there when the cache was made */
}

static void count(atomic_uint_fast64_t *number)
{
    atomic_store_explicit(number, atomic_load_explicit(number, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

struct token_cache_counts token_cache_count(const struct token_cache *cache)
{
    return (struct token_cache_counts){
        .hits = atomic_load_explicit(&cache->hits, memory_order_relaxed),
        .misses = atomic_load_explicit(&cache->misses, memory_order_relaxed),
    };
}

struct verified *token_cache_find(struct token_cache *cache, uint64_t generation, str token,
                                  int64_t now_s)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    if (cache->generation != generation) {
        forget_all(cache);
        cache->generation = generation;
    }
    hash(cache, token, digest);
    struct entry *entry = map_get(&cache->by_digest, key_of(digest));
    if (entry != NULL && !is_of(entry, token))
        entry = NULL;
    if (entry != NULL && !verified_is_current(entry->verified, now_s)) {
        entry_remove(cache, entry);
        entry = NULL;
    }
    count(entry != NULL ? &cache->hits : &cache->misses);
    if (entry == NULL)
        return NULL;
    list_remove(&entry->node);
    list_append(&cache->by_use, &entry->node);
    return verified_ref(entry->verified);
}

void token_cache_put(struct token_cache *cache, str token, struct verified *verified)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    hash(cache, token, digest);
    if (cache->entries_max == 0 || map_get(&cache->by_digest, key_of(digest)) != NULL)
        return;
    while (cache->by_digest.count >= cache->entries_max)
        entry_remove(cache, least_recent(cache));

    str text = signed_part(token);
    struct entry *entry = calloc(1, sizeof(*entry) + text.len);
    if (entry == NULL)
        abort();
    memcpy(entry->digest, digest, sizeof(digest));
    entry->signed_len = text.len;
    if (text.len > 0)
        memcpy(entry->signed_text, text.ptr, text.len);
    entry->verified = verified_ref(verified);
    list_append(&cache->by_use, &entry->node);
    (void)map_put(&cache->by_digest, key_of(digest), entry); /* nothing stands there */
}

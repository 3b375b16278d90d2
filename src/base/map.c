/* A hash map with linear probing. The hash is seeded at random, because keys may come from
 * clients. */
#include "base/map.h"

#include <pthread.h>

#include "base/banned.h"
#include "base/ensure.h"
#include "base/random.h"

struct map_entry {
    uint64_t hash;
    char *key; /* NULL: empty */
    size_t len;
    void *value;
};

static uint64_t seed[2];

static void draw_seed(void)
{
    random_bytes(seed, sizeof(seed));
}

static uint64_t rotate(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

/* Mixes two words; a SipHash round has four such steps. */
static void mix_words(uint64_t *a, uint64_t *b, unsigned turn)
{
    *a += *b;
    *b = rotate(*b, turn) ^ *a;
}

static void sip_round(uint64_t v[4])
{
    mix_words(&v[0], &v[1], 13);
    v[0] = rotate(v[0], 32);
    mix_words(&v[2], &v[3], 16);
    mix_words(&v[0], &v[3], 21);
    mix_words(&v[2], &v[1], 17);
    v[2] = rotate(v[2], 32);
}

/* Returns the word of the key at this index. The last word ends with the length of the key. */
static uint64_t word_at(str key, size_t at)
{
    size_t left = key.len - at;
    uint64_t word = 0;

    if (left >= sizeof(word)) {
        memcpy(&word, key.ptr + at, sizeof(word));
        return word;
    }
    if (left > 0) /* the pointer of an empty key may be NULL */
        memcpy(&word, key.ptr + at, left);
    return word | (uint64_t)key.len << 56;
}

/* Returns the SipHash-1-3 of the key with the process's random seed. Any thread may call this. */
uint64_t map_hash(str key)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, draw_seed); /* fails only for an invalid control block */

    /* These constants of SipHash spell "somepseudorandomlygeneratedbytes". */
    uint64_t v[4] = { seed[0] ^ 0x736f6d6570736575, seed[1] ^ 0x646f72616e646f6d,
                      seed[0] ^ 0x6c7967656e657261, seed[1] ^ 0x7465646279746573 };
    for (size_t at = 0; at <= key.len; at += sizeof(uint64_t)) {
        uint64_t word = word_at(key, at);

        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    v[2] ^= 0xff; /* the end of the key, as SipHash specifies */
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Returns the index of the key's entry, or of the empty entry where it belongs. */
static size_t find_index(const struct map *m, uint64_t hash, str key)
{
    ensure(m->count < m->capacity);
    size_t at = hash & (m->capacity - 1);

    while (m->entries[at].key != NULL &&
           !(m->entries[at].hash == hash &&
             str_equal(key, (str){ m->entries[at].key, m->entries[at].len })))
        at = (at + 1) & (m->capacity - 1);
    return at;
}

void *map_get(const struct map *m, str key)
{
    return m->capacity > 0 ? m->entries[find_index(m, map_hash(key), key)].value : NULL;
}

/* Doubles the capacity, or sets it to 16, and moves every entry. */
static void double_table(struct map *m)
{
    struct map old = *m;

    m->capacity = old.capacity > 0 ? old.capacity * 2 : 16;
    m->entries = calloc(m->capacity, sizeof(*m->entries));
    if (m->entries == NULL)
        abort();
    for (size_t i = 0; i < old.capacity; i++) {
        const struct map_entry *entry = &old.entries[i];

        if (entry->key != NULL)
            m->entries[find_index(m, entry->hash, (str){ entry->key, entry->len })] = *entry;
    }
    free(old.entries);
}

/* Sets the value of the key, which is copied. Returns the previous value, or NULL. */
void *map_put(struct map *m, str key, void *value)
{
    ensure(value != NULL); /* NULL means that a key is absent */
    if ((m->count + 1) * 4 > m->capacity * 3)
        double_table(m);

    uint64_t hash = map_hash(key);
    struct map_entry *entry = &m->entries[find_index(m, hash, key)];
    void *previous = entry->value;
    if (entry->key == NULL) {
        *entry = (struct map_entry){ .hash = hash, .key = malloc(key.len + 1), .len = key.len };
        if (entry->key == NULL)
            abort();
        if (key.len > 0)
            memcpy(entry->key, key.ptr, key.len);
        m->count++;
    }
    entry->value = value;
    return previous;
}

/* Clears the entry, and moves later entries that depend on it for their search. */
static void close_hole(struct map *m, size_t hole)
{
    ensure(hole < m->capacity);
    size_t mask = m->capacity - 1; /* the capacity is a power of two */

    for (size_t at = (hole + 1) & mask; m->entries[at].key != NULL; at = (at + 1) & mask) {
        size_t home = m->entries[at].hash & mask; /* where a search for it begins */

        if (((at - home) & mask) < ((at - hole) & mask))
            continue; /* the search for this entry begins after the hole */
        m->entries[hole] = m->entries[at];
        hole = at;
    }
    m->entries[hole] = (struct map_entry){ 0 };
}

/* Removes the key. Returns its value, or NULL. */
void *map_remove(struct map *m, str key)
{
    if (m->capacity == 0)
        return NULL;

    size_t index = find_index(m, map_hash(key), key);
    void *value = m->entries[index].value;
    if (m->entries[index].key == NULL)
        return NULL;
    ensure(m->count > 0);
    free(m->entries[index].key);
    close_hole(m, index);
    m->count--;
    return value;
}

void map_clear(struct map *m)
{
    for (size_t i = 0; i < m->capacity; i++)
        free(m->entries[i].key);
    free(m->entries);
    *m = (struct map){ 0 };
}

/* Visits the next entry. Returns false if there are no more. */
bool map_next(const struct map *m, size_t *position, str *key, void **value)
{
    while (*position < m->capacity) {
        const struct map_entry *entry = &m->entries[(*position)++];

        if (entry->key != NULL) {
            *key = (str){ entry->key, entry->len };
            *value = entry->value;
            return true;
        }
    }
    return false;
}

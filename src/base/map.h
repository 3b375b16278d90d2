/* A hash map from strings to pointers. Keys may come from outside: the hash has a random key. A
 * zeroed map is an empty one. Not thread-safe. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

struct map {
    struct map_entry *entries;
    size_t capacity, count; /* capacity: 0 or a power of two */
};

/* The value of the key; NULL if it is absent. */
void *map_get(const struct map *m, str key);

/* Sets the value of a key, which is copied. value must not be NULL. Returns the value that the key
 * had before, or NULL. */
void *map_put(struct map *m, str key, void *value);

/* Removes a key. Returns the value that it had, or NULL. */
void *map_remove(struct map *m, str key);

void map_clear(struct map *m); /* frees the keys and the table, not the values */

/* Visits every entry, in no order: for (size_t i = 0; map_next(m, &i, &key, &value);). The map must
 * not change meanwhile. */
bool map_next(const struct map *m, size_t *position, str *key, void **value);

/* SipHash-1-3 under this process's random key. */
uint64_t map_hash(str key);

#endif

/* A hash map from strings to pointers. Keys may come from outside: the hash is seeded. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

struct map {
    struct map_entry *entries;
    size_t capacity, count; /* capacity: 0 or a power of two */
};

/* The value, or NULL. */
void *map_get(const struct map *m, str key);

/* Copies the key. Returns the value that stood there before, or NULL. value must not be NULL. */
void *map_put(struct map *m, str key, void *value);

/* Returns the value that was removed, or NULL. */
void *map_remove(struct map *m, str key);

void map_clear(struct map *m); /* frees the keys and the table, not the values */

/* Visit every entry: for (size_t i = 0; map_next(m, &i, &key, &value);). The map must not change.
 */
bool map_next(const struct map *m, size_t *position, str *key, void **value);

/* SipHash-1-3 under this process's random key. */
uint64_t map_hash(str key);

#endif

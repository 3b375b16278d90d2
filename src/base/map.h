/* A hash map from strings to pointers, with a randomly seeded hash. A zeroed map is empty. Not
 * thread-safe. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

struct map {
    struct map_entry *entries;
    size_t capacity, count; /* capacity is 0 or a power of two */
};

/* Returns the value of the key, or NULL if it is absent. */
void *map_get(const struct map *m, str key);

/* Sets the value of a key, which is copied. value must not be NULL. Returns the previous value of
 * the key, or NULL. */
void *map_put(struct map *m, str key, void *value);

/* Removes a key. Returns its value, or NULL if it was absent. */
void *map_remove(struct map *m, str key);

void map_clear(struct map *m); /* frees the keys and the table, but not the values */

/* Visits every entry, in no particular order: for (size_t i = 0; map_next(m, &i, &key, &value);).
 * The map must not change meanwhile. */
bool map_next(const struct map *m, size_t *position, str *key, void **value);

/* Returns the SipHash-1-3 of the key under this process's random key. */
uint64_t map_hash(str key);

#endif

/* The problems of lists with too few or too many items. */
#ifndef API_LIST_LENGTH_H
#define API_LIST_LENGTH_H

#include "base/arena.h"
#include "json/problems.h"

/* Adds the problem of an empty list. Texts are allocated from the arena. */
void refuse_empty_list(const char *name, const json_t *list, arena *a, struct problems *problems);

/* Adds the problem of a list with `count` items, more than `limit`, without repeating the list.
 * Texts are allocated from the arena. */
void refuse_long_list(const char *name, int limit, size_t count, arena *a,
                      struct problems *problems);

#endif

/* The problems of a list in a request's body whose length is not allowed. */
#ifndef API_LIST_LENGTH_H
#define API_LIST_LENGTH_H

#include "base/arena.h"
#include "json/problems.h"

/* Adds the problem that the list has no items. Texts are allocated from the arena. */
void refuse_empty_list(const char *name, const json_t *list, arena *a, struct problems *problems);

/* Adds the problem that the list has `count` items, which is more than `limit`. The problem does
 * not repeat the list. Texts are allocated from the arena. */
void refuse_long_list(const char *name, int limit, size_t count, arena *a,
                      struct problems *problems);

#endif

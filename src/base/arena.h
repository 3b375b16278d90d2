/* Memory for one unit of work (a request, a run): allocated piecemeal, released at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/auto.h"
#include "base/error.h"
#include "base/str.h"

typedef struct arena arena;

arena *arena_new(void);    /* owned: arena_free */
void arena_free(arena *a); /* runs what was deferred, then frees all memory; NULL is fine */
DEFINE_AUTO(arena, arena_free);

/* Zeroed memory that lives as long as the arena. Never NULL: running out of memory aborts. size may
 * be 0. */
void *arena_alloc(arena *a, size_t size);

/* A zeroed array of `count` items of this size, as arena_alloc. count may be 0. */
void *arena_array(arena *a, size_t count, size_t item_size);

char *arena_copy(arena *a, str text);                    /* NUL-terminated */
const char *arena_copy_text(arena *a, const char *text); /* NULL for NULL */
/* Copies of `count` texts, which may be NULL, and a NULL behind them. */
const char *const *arena_copy_texts(arena *a, const char *const *texts, size_t count);
char *arena_printf(arena *a, const char *format, ...) PRINTF_LIKE(2, 3);

/* Calls release(object) when the arena is freed: for an object that it did not allocate. Last in,
 * first out. */
void arena_defer(arena *a, void (*release)(void *), void *object);

#endif

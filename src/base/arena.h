/* Memory for one unit of work, such as a request or a run. It is allocated piece by piece and
 * released at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/auto.h"
#include "base/error.h"
#include "base/str.h"

typedef struct arena arena;

arena *arena_new(void); /* the caller must free it with arena_free */
/* The same for a unit of work that will surely allocate `size` bytes: they share a block with what
 * comes next. */
arena *arena_new_for(size_t size);
void arena_free(arena *a); /* calls the deferred releases, then frees all memory; NULL is allowed */
DEFINE_AUTO(arena, arena_free);

/* Returns zeroed memory that lives as long as the arena. Never returns NULL: if memory is
 * exhausted, the process is aborted. size may be 0. */
void *arena_alloc(arena *a, size_t size);

/* Returns a zeroed array of `count` items of this size, as arena_alloc does. count may be 0. */
void *arena_array(arena *a, size_t count, size_t item_size);

char *arena_copy(arena *a, str text);                    /* ends with NUL */
const char *arena_copy_text(arena *a, const char *text); /* returns NULL for NULL */
/* Returns an array with copies of `count` texts, each of which may be NULL, and a NULL after
 * them. */
const char *const *arena_copy_texts(arena *a, const char *const *texts, size_t count);
char *arena_printf(arena *a, const char *format, ...) PRINTF_LIKE(2, 3);

/* Returns how much memory the arena occupies, in bytes: what was allocated and what is left over.
 */
size_t arena_size(const arena *a);

/* Arranges that release(object) is called when the arena is freed, for an object that the arena did
 * not allocate. The last one is released first. */
void arena_defer(arena *a, void (*release)(void *), void *object);

#endif

/* Arenas: bump allocation in a chain of blocks. The first blocks are small, so that an idle stream
 * costs little. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>

#include "base/ensure.h"

enum { FIRST_BLOCK_BYTES = 1024, BLOCK_MAX_BYTES = 8 * 1024, ALIGNMENT = 16 };

/* Rounds up to the alignment; the result is less than size on overflow. */
#define ROUNDED(size) (((size) + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1))

struct block {
    struct block *next;
    size_t used, size;
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

struct deferred {
    struct deferred *next;
    void (*release)(void *);
    void *object;
};

struct arena {
    struct block *blocks; /* the newest first; the last one holds this struct */
    size_t usual;         /* the size of the last block that was not made for one large piece */
    struct deferred *deferred;
};

/* Allocates a block of `size` bytes with its header, not zeroed, before `next` in the chain. */
static struct block *block_new(size_t size, struct block *next)
{
    ensure(size > sizeof(struct block));
    struct block *block = malloc(size);

    if (block == NULL)
        abort();
    *block = (struct block){ .next = next, .size = size - sizeof(*block) };
    return block;
}

/* Returns an empty arena, stored in its own first block, which has room for `size` bytes and a
 * usual first block beside them. */
arena *arena_new_for(size_t size)
{
    size_t rounded = ROUNDED(size);

    if (rounded < size || rounded > SIZE_MAX - FIRST_BLOCK_BYTES) /* no memory is that large */
        abort();
    struct block *first = block_new(rounded + FIRST_BLOCK_BYTES, NULL);
    arena *a = (arena *)(void *)first->bytes;

    *a = (arena){ .blocks = first, .usual = FIRST_BLOCK_BYTES };
    first->used = ROUNDED(sizeof(*a));
    return a;
}

arena *arena_new(void)
{
    return arena_new_for(0);
}

/* Returns the bytes of all blocks, used or not. */
size_t arena_size(const arena *a)
{
    size_t size = 0;

    for (const struct block *block = a->blocks; block != NULL; block = block->next)
        size += sizeof(*block) + block->size;
    return size;
}

/* Calls the deferred releases, the last one first, and frees all memory. */
void arena_free(arena *a)
{
    if (a == NULL)
        return;
    for (struct deferred *d = a->deferred; d != NULL; d = d->next)
        d->release(d->object);
    for (struct block *block = a->blocks; block != NULL;) { /* the last block holds *a */
        struct block *next = block->next;
        free(block);
        block = next;
    }
}

/* Returns the size of a new block that can hold `needed` bytes. Blocks double up to
 * BLOCK_MAX_BYTES; one for a piece that is larger holds nothing else and does not count. */
static size_t next_block_size(arena *a, size_t needed)
{
    size_t usual = a->usual < BLOCK_MAX_BYTES ? 2 * a->usual : BLOCK_MAX_BYTES;

    ensure(a->usual >= FIRST_BLOCK_BYTES);
    if (needed > usual - sizeof(struct block))
        return needed + sizeof(struct block);
    a->usual = usual;
    return usual;
}

/* Returns zeroed memory that lives as long as the arena. Never NULL. */
void *arena_alloc(arena *a, size_t size)
{
    size_t rounded = ROUNDED(size);

    if (rounded < size || rounded > SIZE_MAX - sizeof(struct block)) /* no memory is that large */
        abort();
    if (a->blocks->size - a->blocks->used < rounded)
        a->blocks = block_new(next_block_size(a, rounded), a->blocks);

    ensure(a->blocks->size - a->blocks->used >= rounded);
    void *memory = a->blocks->bytes + a->blocks->used;
    a->blocks->used += rounded;
    return memset(memory, 0, rounded);
}

/* Returns a zeroed array that lives as long as the arena. Never NULL. */
void *arena_array(arena *a, size_t count, size_t item_size)
{
    ensure(item_size > 0);
    if (count > SIZE_MAX / item_size) /* no memory is that large */
        abort();
    return arena_alloc(a, count * item_size);
}

/* Returns a NUL-terminated copy of the text. */
char *arena_copy(arena *a, str text)
{
    ensure(text.ptr != NULL || text.len == 0);
    char *copy = arena_alloc(a, text.len + 1);

    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    return copy;
}

const char *arena_copy_text(arena *a, const char *text)
{
    return text != NULL ? arena_copy(a, str_of(text)) : NULL;
}

/* Returns a NULL-terminated array with copies of `count` texts, each of which may be NULL. */
const char *const *arena_copy_texts(arena *a, const char *const *texts, size_t count)
{
    ensure(texts != NULL || count == 0);
    const char **copies = arena_alloc(a, (count + 1) * sizeof(*copies));

    for (size_t i = 0; i < count; i++)
        copies[i] = arena_copy_text(a, texts[i]);
    return copies;
}

/* Returns a formatted text, empty if vsnprintf fails. */
char *arena_printf(arena *a, const char *format, ...)
{
    va_list args, again;

    va_start(args, format);
    va_copy(again, args);
    int needed = vsnprintf(NULL, 0, format, args);
    char *text = arena_alloc(a, needed > 0 ? (size_t)needed + 1 : 1);
    if (needed > 0)
        (void)vsnprintf(text, (size_t)needed + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}

/* Calls release(object) when the arena is freed. */
void arena_defer(arena *a, void (*release)(void *), void *object)
{
    ensure(release != NULL);
    struct deferred *d = arena_alloc(a, sizeof(*d));

    *d = (struct deferred){ .next = a->deferred, .release = release, .object = object };
    a->deferred = d;
}

/* Bump allocation in a chain of blocks: small at first, so that an idle stream costs little. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>

enum { FIRST_BLOCK = 2 * 1024, BLOCK_SIZE = 8 * 1024, ALIGNMENT = 16 };

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
    struct block *blocks;
    struct deferred *deferred;
};

static struct block *block_new(size_t size)
{
    struct block *block = calloc(1, sizeof(*block) + size);

    if (block == NULL)
        abort();
    block->size = size;
    return block;
}

arena *arena_new(void)
{
    arena *a = calloc(1, sizeof(*a));

    if (a == NULL)
        abort();
    return a;
}

void arena_free(arena *a)
{
    if (a == NULL)
        return;
    for (struct deferred *d = a->deferred; d != NULL; d = d->next)
        d->release(d->object);
    while (a->blocks != NULL) {
        struct block *next = a->blocks->next;
        free(a->blocks);
        a->blocks = next;
    }
    free(a);
}

/* Each block twice the one before, up to BLOCK_SIZE. */
static size_t next_block_size(const arena *a, size_t wanted)
{
    size_t usual = a->blocks == NULL ? FIRST_BLOCK : 2 * a->blocks->size;

    if (usual > BLOCK_SIZE)
        usual = BLOCK_SIZE;
    return wanted > usual ? wanted : usual;
}

void *arena_alloc(arena *a, size_t size)
{
    size_t rounded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);

    if (rounded < size)
        abort();
    if (a->blocks == NULL || a->blocks->size - a->blocks->used < rounded) {
        struct block *block = block_new(next_block_size(a, rounded));
        block->next = a->blocks;
        a->blocks = block;
    }

    void *memory = a->blocks->bytes + a->blocks->used;
    a->blocks->used += rounded;
    return memory;
}

char *arena_copy(arena *a, str text)
{
    char *copy = arena_alloc(a, text.len + 1);

    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    return copy;
}

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

void arena_defer(arena *a, void (*release)(void *), void *object)
{
    struct deferred *d = arena_alloc(a, sizeof(*d));

    *d = (struct deferred){ .next = a->deferred, .release = release, .object = object };
    a->deferred = d;
}

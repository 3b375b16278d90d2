/* Allocation that aborts on failure, and the length of an array. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

/* The number of elements of an array. gcc -Wall refuses a pointer in its place. */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Returns zeroed memory, which the caller must free with free(). Aborts if memory is exhausted. */
static inline void *mem_zeroed(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL)
        abort();
    return memory;
}

/* Limits the freed memory that glibc keeps at the end of each heap; by default the limit grows.
 * Call it at startup. */
static inline void mem_set_trim_threshold(void)
{
#ifdef __GLIBC__
    enum { KEPT_MAX_BYTES = 1024 * 1024 };

    (void)mallopt(M_TRIM_THRESHOLD, KEPT_MAX_BYTES); /* fails for no such value */
    (void)mallopt(M_MMAP_THRESHOLD, KEPT_MAX_BYTES);
#endif
}

/* Returns freed memory to the system. Other threads may wait milliseconds to allocate meanwhile. */
static inline void mem_give_back(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0); /* whether anything was given back */
#endif
}

#endif

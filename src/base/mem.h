/* Allocation that cannot fail, and the length of an array. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

/* How many elements an array has; a pointer in its place does not compile under gcc -Wall. */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Zeroed memory of this size, to be freed with free(). Running out of memory aborts, as everywhere:
 * every size from outside is capped before memory is allocated for it. */
static inline void *mem_zeroed(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL)
        abort();
    return memory;
}

/* Gives memory that was freed back to the system, where the C library can. It keeps that memory
 * otherwise, for good. May take milliseconds, in which other threads wait to allocate. */
static inline void mem_give_back(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0); /* whether anything was given back */
#endif
}

#endif

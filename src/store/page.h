/* Page arithmetic that cannot overflow. */
#ifndef STORE_PAGE_H
#define STORE_PAGE_H

#include <stdint.h>

/* Returns the number of rows before a page, at most INT64_MAX. Pages count from 1. */
static inline int64_t page_offset(int64_t page, int64_t limit)
{
    int64_t offset;

    if (page <= 1 || limit <= 0)
        return 0;
    return __builtin_mul_overflow(page - 1, limit, &offset) ? INT64_MAX : offset;
}

/* Returns the number of rows on a page that begins at `offset`, from 0 to limit. */
static inline int64_t page_room(int64_t limit, int64_t total, int64_t offset)
{
    int64_t left = offset < total ? total - offset : 0;

    if (limit < 0)
        return 0;
    return left < limit ? left : limit;
}

#endif

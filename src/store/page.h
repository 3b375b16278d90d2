/* Arithmetic of pages in listings, safe for any numbers that a client sends. */
#ifndef STORE_PAGE_H
#define STORE_PAGE_H

#include <stdint.h>

/* How many rows are before this page, which counts from 1; INT64_MAX where no number holds it. */
static inline int64_t page_offset(int64_t page, int64_t limit)
{
    int64_t offset;

    if (page <= 1 || limit <= 0)
        return 0;
    return __builtin_mul_overflow(page - 1, limit, &offset) ? INT64_MAX : offset;
}

/* How many of total rows are left for a page that begins after offset rows: 0 to limit. */
static inline int64_t page_room(int64_t limit, int64_t total, int64_t offset)
{
    int64_t left = offset < total ? total - offset : 0;

    if (limit < 0)
        return 0;
    return left < limit ? left : limit;
}

#endif

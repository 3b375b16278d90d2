/* The arithmetic of pages in listings, which cannot overflow, whatever numbers a client sends. */
#ifndef STORE_PAGE_H
#define STORE_PAGE_H

#include <stdint.h>

/* Returns how many rows are before this page, or INT64_MAX if the number is too large. The first
 * page is 1. */
static inline int64_t page_offset(int64_t page, int64_t limit)
{
    int64_t offset;

    if (page <= 1 || limit <= 0)
        return 0;
    return __builtin_mul_overflow(page - 1, limit, &offset) ? INT64_MAX : offset;
}

/* Returns how many of `total` rows are on a page that begins after `offset` rows. The result is
 * from 0 to limit. */
static inline int64_t page_room(int64_t limit, int64_t total, int64_t offset)
{
    int64_t left = offset < total ? total - offset : 0;

    if (limit < 0)
        return 0;
    return left < limit ? left : limit;
}

#endif

/* A growing byte buffer with a limit. Appending reports no errors; the caller checks buf_ok() once,
 * at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/auto.h"
#include "base/error.h"
#include "base/str.h"

typedef struct {
    char *ptr; /* NULL, or ends with NUL */
    size_t len, capacity, limit;
    /* an append has exceeded the limit; the buffer remains empty until buf_empty or buf_clear */
    bool overflowed;
} buf;

/* Returns an empty buffer. limit is the largest number of bytes that it may hold; there is no
 * unlimited buffer. */
static inline buf buf_with_limit(size_t limit)
{
    return (buf){ .limit = limit };
}

/* Each of these appends everything. If that would exceed the limit, it frees the bytes instead and
 * sets `overflowed`. */
void buf_append(buf *b, str bytes);
void buf_append_char(buf *b, char c);
void buf_printf(buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

void buf_empty(buf *b); /* removes the bytes and keeps the memory */
void buf_clear(buf *b); /* removes the bytes and frees the memory; the buffer can be used again */
void buf_consume(buf *b, size_t n); /* removes the first n bytes, or all if there are fewer */

static inline bool buf_ok(const buf *b)
{
    return !b->overflowed;
}

static inline str buf_view(const buf *b)
{
    return b->ptr != NULL ? (str){ b->ptr, b->len } : (str){ "", 0 };
}

/* AUTO_BUF b = buf_with_limit(n) is cleared at the end of its scope. */
#define AUTO_BUF __attribute__((cleanup(buf_clear))) buf

#endif

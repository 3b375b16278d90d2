/* A growing byte buffer with a limit. Appends report nothing: ask buf_ok() once, at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/auto.h"
#include "base/error.h"
#include "base/str.h"

typedef struct {
    char *ptr; /* NULL, or NUL-terminated */
    size_t len, capacity, limit;
    bool
        overflowed; /* an append went past the limit: it stays empty until buf_empty or buf_clear */
} buf;

/* limit: the most bytes this buffer may ever hold. There is no unlimited buffer. */
static inline buf buf_with_limit(size_t limit)
{
    return (buf){ .limit = limit };
}

/* Each appends all of it, or, past the limit, frees the bytes and sets `overflowed`. */
void buf_append(buf *b, str bytes);
void buf_append_char(buf *b, char c);
void buf_printf(buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

void buf_empty(buf *b);             /* forgets the bytes, keeps the memory */
void buf_clear(buf *b);             /* forgets the bytes, frees the memory; can be used again */
void buf_consume(buf *b, size_t n); /* drops the first n bytes, or all */

static inline bool buf_ok(const buf *b)
{
    return !b->overflowed;
}

static inline str buf_view(const buf *b)
{
    return b->ptr != NULL ? (str){ b->ptr, b->len } : (str){ "", 0 };
}

/* AUTO_BUF b = buf_with_limit(n): cleared at the end of its scope. */
#define AUTO_BUF __attribute__((cleanup(buf_clear))) buf

#endif

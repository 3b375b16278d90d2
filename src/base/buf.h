/* A growing byte buffer with a ceiling. Appends never report: ask buf_ok() once, at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/auto.h"
#include "base/error.h"
#include "base/str.h"

typedef struct {
    char *ptr; /* always NUL-terminated once anything was appended */
    size_t len, capacity, limit;
    bool overflowed; /* an append went past limit; empty until buf_empty or buf_clear */
} buf;

/* limit: the most bytes this buffer may ever hold. There is no unlimited buffer. */
static inline buf buf_with_limit(size_t limit)
{
    return (buf){ .limit = limit };
}

void buf_append(buf *b, str bytes);
void buf_append_char(buf *b, char c);
void buf_printf(buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

void buf_empty(buf *b);             /* forgets the bytes, keeps the memory */
void buf_clear(buf *b);             /* forgets the bytes, frees the memory; can be used again */
void buf_consume(buf *b, size_t n); /* drops the first n bytes */

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

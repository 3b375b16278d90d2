/* A growing byte buffer with a limit. */
#include "base/buf.h"

#include <stdarg.h>

#include "base/ensure.h"

enum { FIRST_CAPACITY_BYTES = 256 };

/* Doubles the capacity until `extra` more bytes and a NUL fit. */
static void grow(buf *b, size_t extra)
{
    size_t capacity = b->capacity > 0 ? b->capacity : FIRST_CAPACITY_BYTES;

    while (capacity - b->len <= extra) /* the NUL needs one byte more */
        capacity *= 2;
    b->ptr = realloc(b->ptr, capacity);
    if (b->ptr == NULL)
        abort();
    b->capacity = capacity;
}

/* Makes room for `extra` more bytes and a NUL. Empties the buffer and returns false if it
 * overflows. */
static bool reserve(buf *b, size_t extra)
{
    ensure(b->len <= b->limit);
    if (b->overflowed)
        return false;
    if (extra > b->limit - b->len) {
        buf_clear(b);
        b->overflowed = true;
        return false;
    }
    if (b->capacity - b->len <= extra)
        grow(b, extra);
    return true;
}

/* Appends all bytes, or empties the buffer and marks it as overflowed. */
void buf_append(buf *b, str bytes)
{
    ensure(bytes.ptr != NULL || bytes.len == 0);
    if (!reserve(b, bytes.len))
        return;
    if (bytes.len > 0)
        memcpy(b->ptr + b->len, bytes.ptr, bytes.len);
    b->len += bytes.len;
    b->ptr[b->len] = '\0';
}

void buf_append_char(buf *b, char c)
{
    buf_append(b, (str){ &c, 1 });
}

/* Appends a formatted text, or empties the buffer and marks it as overflowed. */
void buf_printf(buf *b, const char *format, ...)
{
    va_list args, again;

    va_start(args, format);
    va_copy(again, args);
    int needed = vsnprintf(NULL, 0, format, args);
    if (needed >= 0 && reserve(b, (size_t)needed)) {
        (void)vsnprintf(b->ptr + b->len, (size_t)needed + 1, format, again);
        b->len += (size_t)needed;
    }
    va_end(again);
    va_end(args);
}

void buf_empty(buf *b)
{
    b->len = 0;
    b->overflowed = false;
    if (b->ptr != NULL)
        b->ptr[0] = '\0';
}

void buf_clear(buf *b)
{
    free(b->ptr);
    *b = buf_with_limit(b->limit);
}

/* Removes the first n bytes, or all if there are fewer. */
void buf_consume(buf *b, size_t n)
{
    size_t dropped = n < b->len ? n : b->len;

    if (dropped == 0)
        return;
    memmove(b->ptr, b->ptr + dropped, b->len - dropped);
    b->len -= dropped;
    b->ptr[b->len] = '\0';
}

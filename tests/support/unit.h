/* What every unit test needs beside cmocka: comparing borrowed text, walking a table of cases.
 * Include it last: cmocka has a macro called fail. */
#ifndef SUPPORT_UNIT_H
#define SUPPORT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/str.h"

/* for (EACH(cases, c)) c->... */
#define EACH(table, row)                         \
    const __typeof__((table)[0]) *row = (table); \
    row < (table) + COUNT(table);                \
    row++

static inline void check_text(str actual, str expected, const char *file, int line)
{
    if (str_equal(actual, expected))
        return;
    print_error("\"%.*s\" is not \"%.*s\"\n", (int)actual.len, actual.ptr, (int)expected.len,
                expected.ptr);
    _fail(file, line);
}

#define assert_text(actual, expected) check_text((actual), (expected), __FILE__, __LINE__)

/* A pseudo-random sequence that is the same every time (xorshift64). */
static inline uint64_t next_number(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif

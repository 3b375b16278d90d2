/* What every unit test needs beside cmocka: texts compared with their lengths, and a table of cases
 * that says which row failed. Include it last. */
#ifndef SUPPORT_EXPECT_H
#define SUPPORT_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/str.h"

/* It has a macro called fail, which our function of that name must be declared before. */
#include <cmocka.h>

/* for (EACH(cases, c)) c->... */
#define EACH(table, row)                                \
    const __typeof__((table)[0]) *row = (table);        \
    row < (table) + sizeof(table) / sizeof((table)[0]); \
    row++

static inline void expect_text_at(str got, str wanted, const char *file, int line)
{
    if (str_equal(got, wanted))
        return;
    print_error("got:    %.*s\nwanted: %.*s\n", (int)got.len, got.ptr != NULL ? got.ptr : "",
                (int)wanted.len, wanted.ptr);
    _fail(file, line);
}

#define EXPECT_STR(got, wanted)  expect_text_at((got), (wanted), __FILE__, __LINE__)
#define EXPECT_TEXT(got, wanted) expect_text_at(str_of(got), str_of(wanted), __FILE__, __LINE__)
#define EXPECT_BUF(got, wanted)  expect_text_at(buf_view(got), str_of(wanted), __FILE__, __LINE__)

/* A pseudo-random sequence that is the same every time (xorshift64). */
static inline uint64_t next_number(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif

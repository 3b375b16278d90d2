/* What every unit test needs beside cmocka: comparing borrowed text. */
#ifndef SUPPORT_UNIT_H
#define SUPPORT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline void check_text(str actual, str expected, const char *file, int line)
{
    if (str_equal(actual, expected))
        return;
    print_error("\"%.*s\" is not \"%.*s\"\n", (int)actual.len, actual.ptr, (int)expected.len,
                expected.ptr);
    _fail(file, line);
}

#define assert_text(actual, expected) check_text((actual), (expected), __FILE__, __LINE__)

#endif

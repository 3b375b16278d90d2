/* Macros for rows, which check that the member has the C type of the row's kind. */
#ifndef CONFIG_OPTION_ROWS_H
#define CONFIG_OPTION_ROWS_H

#include <stddef.h>

#include "base/mem.h"
#include "config/option.h"

/* The offset of the member, which must have this type. */
#define AT(type, member, as) \
    (offsetof(type, member) + 0 * sizeof(_Generic(((type *)0)->member, as : (char)0)))

#define TEXT(type, member)       .kind = OPTION_TEXT, .at = AT(type, member, const char *)
#define LINES(type, member)      .kind = OPTION_LINES, .at = AT(type, member, const char *)
#define BOOL(type, member)       .kind = OPTION_BOOL, .at = AT(type, member, bool)
#define NOT_BOOL(type, member)   .kind = OPTION_NOT_BOOL, .at = AT(type, member, bool)
#define TRISTATE(type, member)   .kind = OPTION_TRISTATE, .at = AT(type, member, enum choice)
#define INTEGER(type, member)    .kind = OPTION_INTEGER, .at = AT(type, member, int64_t)
#define NUMBER(type, member)     .kind = OPTION_NUMBER, .at = AT(type, member, double)
#define SIZE(type, member)       .kind = OPTION_SIZE, .at = AT(type, member, size_t)
#define DURATION(type, member)   .kind = OPTION_DURATION, .at = AT(type, member, int64_t)
#define WORD(type, member)       .kind = OPTION_WORD, .at = AT(type, member, const char *)
#define WORD_BOOL(type, member)  .kind = OPTION_WORD_BOOL, .at = AT(type, member, bool)
#define WORD_INDEX(type, member) .kind = OPTION_WORD_INDEX, .at = offsetof(type, member)
#define LIST(kind_, type, member, counter) \
    .kind = (kind_), .at = AT(type, member, const char *const *), .also = AT(type, counter, size_t)

/* A value with its own reader. */
#define OWN(read_, shape_, type_) \
    .kind = OPTION_OWN, .read = (read_), .shape = (shape_), .type = (type_)

/* The members that record whether and where a key is present. */
#define GIVEN(type, member) .given = AT(type, member, bool)
#define PLACE(type, member) .place = AT(type, member, struct place)

#define SECTION_OF(rows_)     \
    {                         \
        (rows_), COUNT(rows_) \
    }

/* The same, with the keys of another program that are not in the rows. */
#define SECTION_WITH(rows_, foreign_)                      \
    {                                                      \
        (rows_), COUNT(rows_), (foreign_), COUNT(foreign_) \
    }

#endif

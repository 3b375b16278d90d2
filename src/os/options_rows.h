/* How a row is written: the member that it fills, checked against the C type that its kind wants.
 */
#ifndef OS_OPTIONS_ROWS_H
#define OS_OPTIONS_ROWS_H

#include <stddef.h>

#include "base/mem.h"
#include "os/options_table.h"

/* An offset that compiles only if the member has this type. */
#define AT(type, member, as) \
    (offsetof(type, member) + 0 * sizeof(_Generic(((type *)0)->member, as : (char)0)))

#define TEXT(type, member)       .kind = OPTION_TEXT, .at = AT(type, member, const char *)
#define LINES(type, member)      .kind = OPTION_LINES, .at = AT(type, member, const char *)
#define BOOL(type, member)       .kind = OPTION_BOOL, .at = AT(type, member, bool)
#define NOT_BOOL(type, member)   .kind = OPTION_NOT_BOOL, .at = AT(type, member, bool)
#define TRISTATE(type, member)   .kind = OPTION_TRISTATE, .at = AT(type, member, int)
#define INTEGER(type, member)    .kind = OPTION_INTEGER, .at = AT(type, member, int64_t)
#define NUMBER(type, member)     .kind = OPTION_NUMBER, .at = AT(type, member, double)
#define SIZE(type, member)       .kind = OPTION_SIZE, .at = AT(type, member, size_t)
#define WORD(type, member)       .kind = OPTION_WORD, .at = AT(type, member, const char *)
#define WORD_BOOL(type, member)  .kind = OPTION_WORD_BOOL, .at = AT(type, member, bool)
#define WORD_INDEX(type, member) .kind = OPTION_WORD_INDEX, .at = offsetof(type, member)
#define LIST(kind_, type, member, counter) \
    .kind = (kind_), .at = AT(type, member, const char *const *), .also = AT(type, counter, size_t)

#define SCOPES(type, member, counter)                                           \
    .kind = OPTION_SCOPES, .at = AT(type, member, const struct named_scopes *), \
    .also = AT(type, counter, size_t)

#define SECTION_OF(rows_)     \
    {                         \
        (rows_), COUNT(rows_) \
    }

#endif

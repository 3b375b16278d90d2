/* One text a query: macros of our own for what engines word differently. Texts keep to what SQLite
 * 3.39 and PostgreSQL 14 have in common; a $word stands for the rest. A call may nest others in its
 * arguments. */
#ifndef STORE_TEXT_H
#define STORE_TEXT_H

#include "base/buf.h"
#include "store/driver/driver.h"

/* Appends text to out with every macro replaced by the dialect's words. condition is what
 * $owned(ALIAS) becomes, with the alias in place of each @; without ptr: $owned may not occur.
 * *owned_count: how often it did. INTERNAL: an unknown word, a call that is not closed, or a wrong
 * number of arguments. */
MUST_USE agentos_status text_expand(str text, enum sql_dialect dialect, str condition, buf *out,
                                    size_t *owned_count, agentos_error *err);

#endif

/* Macros such as $contains in query texts, for SQL that differs between engines. Other SQL must
 * work in SQLite 3.39 and PostgreSQL 14. Macro arguments may contain macros. */
#ifndef STORE_TEXT_H
#define STORE_TEXT_H

#include "base/buf.h"
#include "store/driver/driver.h"

/* Appends the text to `out` with its macros expanded for the dialect. $owned(ALIAS) becomes the
 * condition, with the alias for each @; it is not allowed if the condition's ptr is NULL.
 * *owned_count is the number of $owned. Returns INTERNAL for an unknown macro, a missing
 * parenthesis, a wrong number of arguments, or a result beyond the limit of `out`. */
MUST_USE agentos_status text_expand(str text, enum sql_dialect dialect, str condition, buf *out,
                                    size_t *owned_count, agentos_error *err);

#endif

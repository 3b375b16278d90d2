/* The macros in the texts of queries, which stand for SQL that differs between engines. A text
 * otherwise uses only SQL that SQLite 3.39 and PostgreSQL 14 have in common; a word such as
 * $contains is a macro. The arguments of a macro may contain other macros. */
#ifndef STORE_TEXT_H
#define STORE_TEXT_H

#include "base/buf.h"
#include "store/driver/driver.h"

/* Appends the text to `out` with every macro replaced by SQL of the dialect. $owned(ALIAS) is
 * replaced by the condition, with the alias in place of each @; if the condition's ptr is NULL,
 * $owned must not occur. Stores in *owned_count how often it occurred. Returns INTERNAL for an
 * unknown macro, a call that is not closed, a wrong number of arguments, or a result beyond the
 * limit of `out`. */
MUST_USE agentos_status text_expand(str text, enum sql_dialect dialect, str condition, buf *out,
                                    size_t *owned_count, agentos_error *err);

#endif

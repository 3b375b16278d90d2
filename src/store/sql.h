/* SQL on one connection, as the files of this room see it. What engine answers is its driver's
 * business (driver/driver.h); what its words are, text.h's. A connection and its statements belong
 * to one thread at a time, that of its lane. Statements are kept and reused by their text, so texts
 * are put together from constants only; every value is bound. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "base/arena.h"
#include "store/driver/driver.h"

struct db_conn;
struct schema;

/* A statement on loan from its connection; sql_done gives it back (AUTO does). */
typedef struct sql sql;
void sql_done(sql *q); /* NULL is fine */
DEFINE_AUTO(sql, sql_done);

/* driver NULL: SQLite. */
MUST_USE agentos_status sql_connect(const struct sql_driver *driver, const struct sql_place *place,
                                    struct db_conn **out, agentos_error *err);
void sql_disconnect(struct db_conn *conn); /* NULL is fine */

/* From now on the schema's tables with owners can be named only in statements that owner.c
 * prepared. */
void sql_guard(struct db_conn *conn, const struct schema *schema);

/* INTERNAL: a statement on a table with owners, or an unknown macro. */
MUST_USE agentos_status sql_prepare(struct db_conn *conn, str text, sql **out, agentos_error *err);

/* For owner.c alone: the condition that $owned(ALIAS) stands for. Statements with the same text and
 * different reach are kept apart. INTERNAL: $owned is nowhere in the text. */
enum { SQL_REACH_COUNT = 5 };
struct sql_condition {
    size_t reach; /* below SQL_REACH_COUNT */
    str text;     /* @ stands for the alias */
};
MUST_USE agentos_status sql_prepare_owned(struct db_conn *conn, str text,
                                          const struct sql_condition *condition, sql **out,
                                          agentos_error *err);

/* The name, with its colon, must be in the text. A NULL text is null. Borrowed until sql_done. */
void sql_bind_text(sql *q, const char *name, const char *text);
void sql_bind_int(sql *q, const char *name, int64_t number);

/* To the next row; *has_row false: there is none. CONFLICT: a key that exists. UNAVAILABLE: full,
 * locked, read-only, damaged, with a sentence for a person. */
MUST_USE agentos_status sql_next(sql *q, bool *has_row, agentos_error *err);
MUST_USE agentos_status sql_finish(sql *q, agentos_error *err); /* of a statement without rows */

/* Of the current row. */
int64_t sql_int(const sql *q, int column);                /* null: 0 */
const char *sql_text(const sql *q, int column, arena *a); /* null: NULL */
str sql_view(const sql *q, int column); /* until sql_next or sql_done; null: no ptr */

int64_t sql_changes(const struct db_conn *conn); /* rows that the last statement wrote */

/* One transaction at a time, with one savepoint in it. sql_rollback outside of one does nothing. */
MUST_USE agentos_status sql_begin(struct db_conn *conn, enum sql_access access, agentos_error *err);
MUST_USE agentos_status sql_commit(struct db_conn *conn, agentos_error *err);
void sql_rollback(struct db_conn *conn);
bool sql_in_transaction(const struct db_conn *conn);
MUST_USE agentos_status sql_savepoint(struct db_conn *conn, agentos_error *err);
MUST_USE agentos_status sql_rollback_to(struct db_conn *conn, agentos_error *err);
MUST_USE agentos_status sql_release(struct db_conn *conn, agentos_error *err);

/* Notes that the transaction leaves rows that nobody can reach, for the schema's sweep to remove.
 * sql_take_left_rows returns whether any were left since it was last called. */
void sql_leave_rows(struct db_conn *conn);
bool sql_take_left_rows(struct db_conn *conn);

/* Frees what the connection keeps only to be fast. Outside of a transaction. */
void sql_release_memory(struct db_conn *conn);

/* A script of many statements, not kept; macros are expanded. */
MUST_USE agentos_status sql_script(struct db_conn *conn, const char *text, agentos_error *err);

/* The one number that a query without parameters answers; not kept. */
MUST_USE agentos_status sql_number(struct db_conn *conn, const char *text, int64_t *out,
                                   agentos_error *err);

MUST_USE agentos_status sql_read_mark(struct db_conn *conn, struct sql_mark *out,
                                      agentos_error *err);
MUST_USE agentos_status sql_write_mark(struct db_conn *conn, const struct sql_mark *mark,
                                       agentos_error *err);
MUST_USE agentos_status sql_allow_readers(struct db_conn *conn, agentos_error *err);

/* Into the empty file at path. */
MUST_USE agentos_status sql_copy(struct db_conn *conn, const char *path, agentos_error *err);

/* The driver's connection, for tests that watch what it does. */
struct sql_link *sql_link_of(struct db_conn *conn);

#endif

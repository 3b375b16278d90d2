/* SQL on one connection, as the files of this room see it. db_sqlite.c alone knows sqlite3.h.
 * A connection and its statements belong to one thread at a time. Statements are kept and reused by
 * their text, so texts are put together from constants only; every value is bound. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "base/arena.h"

struct db_conn;
struct sqlite3;

/* A statement on loan from its connection; sql_done gives it back (AUTO does). */
typedef struct sql sql;
void sql_done(sql *q);
DEFINE_AUTO(sql, sql_done);

/* path: an existing file, "./" or "/" first; NULL: in this process's memory. */
MUST_USE agentos_status sql_connect(const char *path, uint64_t busy_ms, struct db_conn **out,
                                    agentos_error *err);
void sql_disconnect(struct db_conn *conn); /* NULL is fine */

/* From now on the tables with owners can be named only in statements that owner.c prepared. */
void sql_guard(struct db_conn *conn);

/* INTERNAL: a statement on a table with owners; sql_prepare_owned is for owner.c. */
MUST_USE agentos_status sql_prepare(struct db_conn *conn, str text, sql **out, agentos_error *err);
MUST_USE agentos_status sql_prepare_owned(struct db_conn *conn, str text, sql **out,
                                          agentos_error *err);

/* The name, with its colon, must be in the text. A NULL text is null. Borrowed until sql_done. */
void sql_bind_text(sql *q, const char *name, const char *text);
void sql_bind_int(sql *q, const char *name, int64_t number);

/* To the next row; *has_row false: there is none. CONFLICT: a key that exists. UNAVAILABLE: full,
 * locked, read-only, damaged, with a sentence for a person. */
MUST_USE agentos_status sql_next(sql *q, bool *has_row, agentos_error *err);
MUST_USE agentos_status sql_finish(sql *q, agentos_error *err); /* of a statement without rows */

int64_t sql_int(const sql *q, int column);                /* null: 0 */
const char *sql_text(const sql *q, int column, arena *a); /* null: NULL */

int64_t sql_changes(const struct db_conn *conn); /* rows that the last statement wrote */
bool sql_in_transaction(const struct db_conn *conn);
void sql_rollback(struct db_conn *conn); /* outside a transaction: nothing */

/* A statement without parameters and rows, kept; and a script of many, not kept. */
MUST_USE agentos_status sql_run(struct db_conn *conn, const char *text, agentos_error *err);
MUST_USE agentos_status sql_script(struct db_conn *conn, const char *text, agentos_error *err);

/* The one number that a script's query answers: pragmas. */
MUST_USE agentos_status sql_number(struct db_conn *conn, const char *text, int64_t *out,
                                   agentos_error *err);

/* Into the empty file at path. */
MUST_USE agentos_status sql_copy(struct db_conn *conn, const char *path, agentos_error *err);

/* For tests that watch what a connection does. */
struct sqlite3 *sql_handle(struct db_conn *conn);

#endif

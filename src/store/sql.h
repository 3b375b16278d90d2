/* SQL on one connection, used by one thread at a time. Statements are cached by their text: use
 * constant texts and bind every value. Functions that run SQL may block. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "base/arena.h"
#include "store/driver/driver.h"

struct db_conn;
struct schema;

/* A borrowed statement, returned by sql_done or by AUTO. */
typedef struct sql sql;
void sql_done(sql *q); /* NULL is allowed */
DEFINE_AUTO(sql, sql_done);

/* Opens a connection, to be closed with sql_disconnect. A NULL driver means SQLite. */
MUST_USE agentos_status sql_connect(const struct sql_driver *driver, const struct sql_place *place,
                                    struct db_conn **out, agentos_error *err);
void sql_disconnect(struct db_conn *conn); /* NULL is allowed */

/* From now on, only owner.c may prepare statements on the schema's tables with owners. */
void sql_guard(struct db_conn *conn, const struct schema *schema);

/* Borrows the statement of this text. Returns INTERNAL if the text names a table with owners or an
 * unknown macro, or if the statement is borrowed already. */
MUST_USE agentos_status sql_prepare(struct db_conn *conn, str text, sql **out, agentos_error *err);

/* The condition for $owned(ALIAS), for owner.c only. Statements are cached by text and reach.
 * sql_prepare_owned returns INTERNAL if the text has no $owned. */
enum { SQL_REACH_COUNT = 5 };
struct sql_condition {
    size_t reach; /* below SQL_REACH_COUNT */
    str text;     /* with @ for the alias */
};
MUST_USE agentos_status sql_prepare_owned(struct db_conn *conn, str text,
                                          const struct sql_condition *condition, sql **out,
                                          agentos_error *err);

/* Bind a value to a parameter of the statement, named with its colon. NULL text is bound as null;
 * other text is borrowed until sql_done. */
void sql_bind_text(sql *q, const char *name, const char *text);
void sql_bind_int(sql *q, const char *name, int64_t number);

/* Steps to the next row; sets *has_row to false if there is none. Returns CONFLICT for an existing
 * key, and UNAVAILABLE for a database that is full, locked, read-only or damaged. */
MUST_USE agentos_status sql_next(sql *q, bool *has_row, agentos_error *err);
/* runs a statement to completion, ignoring its rows */
MUST_USE agentos_status sql_finish(sql *q, agentos_error *err);

/* Return a column of the current row. */
int64_t sql_int(const sql *q, int column); /* 0 if the column is null */
/* in the arena; NULL if the column is null */
const char *sql_text(const sql *q, int column, arena *a);
/* valid until sql_next or sql_done; ptr is NULL if the column is null */
str sql_view(const sql *q, int column);

/* the number of rows that the last statement wrote */
int64_t sql_changes(const struct db_conn *conn);

/* At most one transaction with at most one savepoint. sql_rollback does nothing outside of one. */
MUST_USE agentos_status sql_begin(struct db_conn *conn, enum sql_access access, agentos_error *err);
MUST_USE agentos_status sql_commit(struct db_conn *conn, agentos_error *err);
void sql_rollback(struct db_conn *conn);
bool sql_in_transaction(const struct db_conn *conn);
MUST_USE agentos_status sql_savepoint(struct db_conn *conn, agentos_error *err);
MUST_USE agentos_status sql_rollback_to(struct db_conn *conn, agentos_error *err);
MUST_USE agentos_status sql_release(struct db_conn *conn, agentos_error *err);

/* Calls `committed` after the transaction in progress is committed, and before anybody is told that
 * it is; not if it is rolled back. It may read, but must not begin a transaction. There is one such
 * call a transaction: the next replaces it. */
void sql_after_commit(struct db_conn *conn,
                      void (*committed)(struct db_conn *conn, const void *user), const void *user);

/* Notes that the transaction leaves rows that nobody can reach, for the schema's sweep to remove.
 */
void sql_leave_rows(struct db_conn *conn);

/* Returns whether rows were left since the last call. */
bool sql_take_left_rows(struct db_conn *conn);

/* Frees the connection's caches. Not allowed in a transaction. */
void sql_release_memory(struct db_conn *conn);

/* Runs several statements with macros, without caching them. */
MUST_USE agentos_status sql_script(struct db_conn *conn, const char *text, agentos_error *err);

/* Reads the number that a query without parameters returns, without caching it. Returns INTERNAL if
 * it returns no row. */
MUST_USE agentos_status sql_number(struct db_conn *conn, const char *text, int64_t *out,
                                   agentos_error *err);

MUST_USE agentos_status sql_read_mark(struct db_conn *conn, struct sql_mark *out,
                                      agentos_error *err);
MUST_USE agentos_status sql_write_mark(struct db_conn *conn, const struct sql_mark *mark,
                                       agentos_error *err);
MUST_USE agentos_status sql_allow_readers(struct db_conn *conn, agentos_error *err);

/* Copies the database into an empty file. */
MUST_USE agentos_status sql_copy(struct db_conn *conn, const char *path, agentos_error *err);

/* Returns the driver's connection, for tests. */
struct sql_link *sql_link_of(struct db_conn *conn);

#endif

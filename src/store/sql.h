/* SQL on one connection, as the other files of this room use it. A driver (driver/driver.h) talks
 * to the engine, and text.h expands the macros in the queries. A connection and its statements are
 * used by one thread at a time, the thread of its lane. Statements are kept and reused by their
 * text, so texts consist only of constants, and every value is bound. All functions that run SQL
 * may block. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "base/arena.h"
#include "store/driver/driver.h"

struct db_conn;
struct schema;

/* A statement that is borrowed from its connection and given back by sql_done, or by AUTO. */
typedef struct sql sql;
void sql_done(sql *q); /* NULL is allowed */
DEFINE_AUTO(sql, sql_done);

/* Opens a connection, which the caller must close with sql_disconnect. A driver of NULL stands for
 * SQLite. */
MUST_USE agentos_status sql_connect(const struct sql_driver *driver, const struct sql_place *place,
                                    struct db_conn **out, agentos_error *err);
void sql_disconnect(struct db_conn *conn); /* NULL is allowed */

/* From now on, only statements that owner.c prepares may name the schema's tables with owners. */
void sql_guard(struct db_conn *conn, const struct schema *schema);

/* Borrows the statement of this text. Returns INTERNAL if the text names a table with owners or an
 * unknown macro, or if the statement is borrowed already. */
MUST_USE agentos_status sql_prepare(struct db_conn *conn, str text, sql **out, agentos_error *err);

/* The condition that $owned(ALIAS) stands for; only owner.c uses this. Statements with the same
 * text and a different reach are kept separately. sql_prepare_owned returns INTERNAL if the text
 * has no $owned. */
enum { SQL_REACH_COUNT = 5 };
struct sql_condition {
    size_t reach; /* below SQL_REACH_COUNT */
    str text;     /* @ stands for the alias */
};
MUST_USE agentos_status sql_prepare_owned(struct db_conn *conn, str text,
                                          const struct sql_condition *condition, sql **out,
                                          agentos_error *err);

/* Bind a value. The name, with its colon, must be in the text of the statement. A text of NULL is
 * bound as null; any other text is borrowed until sql_done. */
void sql_bind_text(sql *q, const char *name, const char *text);
void sql_bind_int(sql *q, const char *name, int64_t number);

/* Steps to the next row, and sets *has_row to false if there is none. Returns CONFLICT for a key
 * that exists already, and UNAVAILABLE, with a message for a person, for a database that is full,
 * locked, read-only or damaged. */
MUST_USE agentos_status sql_next(sql *q, bool *has_row, agentos_error *err);
/* runs a statement to its end and ignores its rows */
MUST_USE agentos_status sql_finish(sql *q, agentos_error *err);

/* Return a column of the current row. */
int64_t sql_int(const sql *q, int column); /* 0 if the column is null */
/* allocated in the arena; NULL if the column is null */
const char *sql_text(const sql *q, int column, arena *a);
/* valid until sql_next or sql_done; ptr is NULL if the column is null */
str sql_view(const sql *q, int column);

/* the number of rows that the last statement wrote */
int64_t sql_changes(const struct db_conn *conn);

/* There can be one transaction at a time, with one savepoint in it. sql_rollback does nothing
 * outside of a transaction. */
MUST_USE agentos_status sql_begin(struct db_conn *conn, enum sql_access access, agentos_error *err);
MUST_USE agentos_status sql_commit(struct db_conn *conn, agentos_error *err);
void sql_rollback(struct db_conn *conn);
bool sql_in_transaction(const struct db_conn *conn);
MUST_USE agentos_status sql_savepoint(struct db_conn *conn, agentos_error *err);
MUST_USE agentos_status sql_rollback_to(struct db_conn *conn, agentos_error *err);
MUST_USE agentos_status sql_release(struct db_conn *conn, agentos_error *err);

/* Notes that the transaction leaves rows that nobody can reach, for the schema's sweep to remove.
 */
void sql_leave_rows(struct db_conn *conn);

/* Returns whether such rows were left since this was last called. */
bool sql_take_left_rows(struct db_conn *conn);

/* Frees what the connection keeps only for speed. Must not be called in a transaction. */
void sql_release_memory(struct db_conn *conn);

/* Runs a script of many statements, whose macros are expanded. The statements are not kept. */
MUST_USE agentos_status sql_script(struct db_conn *conn, const char *text, agentos_error *err);

/* Reads the number that a query without parameters returns. The statement is not kept. Returns
 * INTERNAL if the query has no row. */
MUST_USE agentos_status sql_number(struct db_conn *conn, const char *text, int64_t *out,
                                   agentos_error *err);

MUST_USE agentos_status sql_read_mark(struct db_conn *conn, struct sql_mark *out,
                                      agentos_error *err);
MUST_USE agentos_status sql_write_mark(struct db_conn *conn, const struct sql_mark *mark,
                                       agentos_error *err);
MUST_USE agentos_status sql_allow_readers(struct db_conn *conn, agentos_error *err);

/* Copies the database into the empty file at path. */
MUST_USE agentos_status sql_copy(struct db_conn *conn, const char *path, agentos_error *err);

/* Returns the driver's connection, for tests that observe what it does. */
struct sql_link *sql_link_of(struct db_conn *conn);

#endif

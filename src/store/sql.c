/* Implements database connections and prepared statements on top of a driver (driver.h). Each
 * statement is compiled once and cached by its text. A connection and its statements are used by
 * one thread at a time, the thread of its lane. */
#include "store/sql.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "store/driver/sqlite.h"
#include "store/schema.h"
#include "store/text.h"

struct sql {
    struct sql_query *query;
    const struct sql_driver *driver;
    bool on_loan;
};

struct db_conn {
    struct sql_link *link;
    const struct sql_driver *driver;
    struct map plain;                  /* text as it was given, to struct sql */
    struct map owned[SQL_REACH_COUNT]; /* likewise, by the reach of the owner */
    bool has_left_rows;                /* see sql_leave_rows */
};

/* ---- connections ---- */

/* Opens a connection, with the driver of SQLite if driver is NULL. The caller must close *out. */
agentos_status sql_connect(const struct sql_driver *driver, const struct sql_place *place,
                           struct db_conn **out, agentos_error *err)
{
    struct sql_link *link = NULL;

    ensure(place != NULL && out != NULL);
    if (driver == NULL)
        driver = &sqlite_driver;
    TRY(driver->connect(place, &link, err));
    ensure(link != NULL && link->driver == driver);
    struct db_conn *conn = mem_zeroed(sizeof(*conn));
    conn->link = link;
    conn->driver = driver;
    *out = conn;
    return AGENTOS_OK;
}

/* Frees the kept statements. None of them may be on loan. */
static void free_statements(struct map *statements)
{
    str text;
    void *value;

    for (size_t i = 0; map_next(statements, &i, &text, &value);) {
        sql *q = value;
        ensure(!q->on_loan);
        q->driver->finalize(q->query);
        free(q);
    }
    map_clear(statements);
}

/* Closes the connection and frees its statements. A transaction in progress is rolled back. Does
 * nothing if conn is NULL. */
void sql_disconnect(struct db_conn *conn)
{
    if (conn == NULL)
        return;
    free_statements(&conn->plain);
    for (size_t i = 0; i < SQL_REACH_COUNT; i++)
        free_statements(&conn->owned[i]);
    conn->driver->disconnect(conn->link);
    free(conn);
}

/* Notes that the transaction leaves rows to be swept. If it is rolled back, the sweep finds
 * nothing. */
void sql_leave_rows(struct db_conn *conn)
{
    ensure(sql_in_transaction(conn));
    conn->has_left_rows = true;
}

bool sql_take_left_rows(struct db_conn *conn)
{
    bool has_left_rows = conn->has_left_rows;

    conn->has_left_rows = false;
    return has_left_rows;
}

void sql_release_memory(struct db_conn *conn)
{
    ensure(!sql_in_transaction(conn));
    conn->driver->release_memory(conn->link);
}

/* Refuses, from now on, statements on tables with owners that were not prepared by owner.c. */
void sql_guard(struct db_conn *conn, const struct schema *schema)
{
    ensure(schema != NULL);
    conn->driver->guard(conn->link, schema->owned_tables, schema->owned_count);
}

struct sql_link *sql_link_of(struct db_conn *conn)
{
    return conn->link;
}

/* ---- statements ---- */

/* Expands the macros of the text and compiles the result. If condition is NULL, the text must not
 * touch tables with owners. Fails with INTERNAL if the text has no place for the condition. */
static agentos_status compile_text(struct db_conn *conn, str text,
                                   const struct sql_condition *condition, struct sql_query **out,
                                   agentos_error *err)
{
    AUTO_BUF full = buf_with_limit(SQL_MAX_BYTES);
    size_t owned_count = 0;

    ensure(out != NULL);
    ensure(condition == NULL || condition->text.ptr != NULL);
    TRY(text_expand(text, conn->driver->dialect, condition != NULL ? condition->text : (str){ 0 },
                    &full, &owned_count, err));
    if (condition != NULL && owned_count == 0)
        return fail(err, AGENTOS_INTERNAL, "A query lacks its owner condition");
    return conn->driver->prepare(conn->link, buf_view(&full), condition != NULL, out, err);
}

/* Lends the statement of this text, and compiles it the first time. Fails with INTERNAL if the
 * statement is on loan already. */
static agentos_status lend_statement(struct db_conn *conn, struct map *statements, str text,
                                     const struct sql_condition *condition, sql **out,
                                     agentos_error *err)
{
    ensure(text.len > 0 && out != NULL);
    sql *q = map_get(statements, text);

    if (q == NULL) {
        struct sql_query *query = NULL;
        TRY(compile_text(conn, text, condition, &query, err));
        q = mem_zeroed(sizeof(*q));
        *q = (sql){ .query = query, .driver = conn->driver };
        (void)map_put(statements, text, q); /* the map had no statement for this text */
    }
    if (q->on_loan)
        return fail(err, AGENTOS_INTERNAL, "A statement is used twice at once");
    q->on_loan = true;
    *out = q;
    return AGENTOS_OK;
}

/* Borrows a statement on tables without owners. The caller must give it back with sql_done. */
agentos_status sql_prepare(struct db_conn *conn, str text, sql **out, agentos_error *err)
{
    return lend_statement(conn, &conn->plain, text, NULL, out, err);
}

/* Borrows a statement with this owner condition. Only owner.c calls this. The caller must give it
 * back with sql_done. */
agentos_status sql_prepare_owned(struct db_conn *conn, str text,
                                 const struct sql_condition *condition, sql **out,
                                 agentos_error *err)
{
    ensure(condition->reach < SQL_REACH_COUNT && condition->text.len > 0);
    return lend_statement(conn, &conn->owned[condition->reach], text, condition, out, err);
}

/* Gives a statement back and forgets its rows and bound values. Does nothing if q is NULL. */
void sql_done(sql *q)
{
    if (q == NULL)
        return;
    ensure(q->on_loan);
    q->driver->reset(q->query);
    q->on_loan = false;
}

void sql_bind_text(sql *q, const char *name, const char *text)
{
    ensure(q->on_loan);
    q->driver->bind_text(q->query, name, text);
}

void sql_bind_int(sql *q, const char *name, int64_t number)
{
    ensure(q->on_loan);
    q->driver->bind_int(q->query, name, number);
}

/* Steps to the next row. Sets *has_row to false if there is none. */
agentos_status sql_next(sql *q, bool *has_row, agentos_error *err)
{
    ensure(q->on_loan && has_row != NULL);
    return q->driver->next(q->query, has_row, err);
}

/* Runs the statement to its end and ignores its rows. */
agentos_status sql_finish(sql *q, agentos_error *err)
{
    bool has_row = true;

    while (has_row)
        TRY(sql_next(q, &has_row, err));
    return AGENTOS_OK;
}

int64_t sql_int(const sql *q, int column)
{
    ensure(q->on_loan);
    return q->driver->column_int(q->query, column);
}

str sql_view(const sql *q, int column)
{
    ensure(q->on_loan);
    return q->driver->column_text(q->query, column);
}

/* Copies a text of the current row to the arena. Returns NULL if the column is null. */
const char *sql_text(const sql *q, int column, arena *a)
{
    str text = sql_view(q, column);

    ensure(a != NULL && column >= 0);
    return text.ptr != NULL ? arena_copy(a, text) : NULL;
}

int64_t sql_changes(const struct db_conn *conn)
{
    return conn->driver->changes(conn->link);
}

/* ---- transactions ---- */

agentos_status sql_begin(struct db_conn *conn, enum sql_access access, agentos_error *err)
{
    ensure(!sql_in_transaction(conn));
    return conn->driver->begin(conn->link, access, err);
}

agentos_status sql_commit(struct db_conn *conn, agentos_error *err)
{
    ensure(sql_in_transaction(conn));
    return conn->driver->commit(conn->link, err);
}

void sql_rollback(struct db_conn *conn)
{
    conn->driver->rollback(conn->link);
}

bool sql_in_transaction(const struct db_conn *conn)
{
    return conn->driver->in_transaction(conn->link);
}

agentos_status sql_savepoint(struct db_conn *conn, agentos_error *err)
{
    ensure(sql_in_transaction(conn));
    return conn->driver->savepoint(conn->link, err);
}

agentos_status sql_rollback_to(struct db_conn *conn, agentos_error *err)
{
    return conn->driver->rollback_to(conn->link, err);
}

agentos_status sql_release(struct db_conn *conn, agentos_error *err)
{
    return conn->driver->release(conn->link, err);
}

/* ---- the database as a whole ---- */

/* Runs a script of several statements after expanding its macros. */
agentos_status sql_script(struct db_conn *conn, const char *text, agentos_error *err)
{
    AUTO_BUF full = buf_with_limit(SQL_SCRIPT_MAX_BYTES);
    size_t owned_count = 0;

    ensure(text != NULL);
    TRY(text_expand(str_of(text), conn->driver->dialect, (str){ 0 }, &full, &owned_count, err));
    buf_append_char(&full, '\0');
    if (!buf_ok(&full))
        return fail(err, AGENTOS_INTERNAL, "A script is too long");
    return conn->driver->script(conn->link, full.ptr, err);
}

/* Reads the number that a query without parameters returns. Fails with INTERNAL if the query has no
 * row. */
agentos_status sql_number(struct db_conn *conn, const char *text, int64_t *out, agentos_error *err)
{
    struct sql_query *query = NULL;
    bool has_row = false;

    ensure(text != NULL && out != NULL);
    TRY(compile_text(conn, str_of(text), NULL, &query, err));
    agentos_status status = conn->driver->next(query, &has_row, err);
    if (status == AGENTOS_OK && !has_row)
        status = fail(err, AGENTOS_INTERNAL, "A query for a number has no row");
    if (status == AGENTOS_OK)
        *out = conn->driver->column_int(query, 0);
    conn->driver->finalize(query);
    return status;
}

agentos_status sql_read_mark(struct db_conn *conn, struct sql_mark *out, agentos_error *err)
{
    return conn->driver->read_mark(conn->link, out, err);
}

agentos_status sql_write_mark(struct db_conn *conn, const struct sql_mark *mark, agentos_error *err)
{
    ensure(mark->version >= 0);
    return conn->driver->write_mark(conn->link, mark, err);
}

agentos_status sql_allow_readers(struct db_conn *conn, agentos_error *err)
{
    return conn->driver->allow_readers(conn->link, err);
}

agentos_status sql_copy(struct db_conn *conn, const char *path, agentos_error *err)
{
    ensure(path != NULL);
    return conn->driver->copy(conn->link, path, err);
}

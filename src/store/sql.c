/* Database connections and their cached statements, on top of a driver. */
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
    bool is_borrowed;
};

struct db_conn {
    struct sql_link *link;
    const struct sql_driver *driver;
    struct map plain;                  /* statements by their text */
    struct map owned[SQL_REACH_COUNT]; /* the same with an owner condition, by its reach */
    bool has_left_rows;                /* see sql_leave_rows */
    /* see sql_after_commit; NULL if nothing is to be called */
    void (*committed)(struct db_conn *conn, const void *user);
    const void *committed_user;
};

/* ---- connections ---- */

/* Opens a connection. A NULL driver means SQLite. The caller must close *out. */
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

/* Frees the cached statements, none of which may be borrowed. */
static void free_statements(struct map *statements)
{
    str text;
    void *value;

    for (size_t i = 0; map_next(statements, &i, &text, &value);) {
        sql *q = value;
        ensure(!q->is_borrowed);
        q->driver->finalize(q->query);
        free(q);
    }
    map_clear(statements);
}

/* Closes the connection. Rolls back an open transaction. Does nothing if conn is NULL. */
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

/* Records that the transaction leaves rows for the sweep. */
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

/* Requires owner.c for statements on tables with owners, from now on. */
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

/* Expands the macros and compiles the text. A condition requires an $owned in it. */
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

/* Borrows a cached statement, which is compiled on first use. Fails if it is borrowed already. */
static agentos_status borrow_statement(struct db_conn *conn, struct map *statements, str text,
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
        (void)map_put(statements, text, q); /* new in the map */
    }
    if (q->is_borrowed)
        return fail(err, AGENTOS_INTERNAL, "A statement is used twice at once");
    q->is_borrowed = true;
    *out = q;
    return AGENTOS_OK;
}

/* Borrows a statement on tables without owners, until sql_done. */
agentos_status sql_prepare(struct db_conn *conn, str text, sql **out, agentos_error *err)
{
    return borrow_statement(conn, &conn->plain, text, NULL, out, err);
}

/* Borrows a statement with an owner condition, until sql_done. Only owner.c calls this. */
agentos_status sql_prepare_owned(struct db_conn *conn, str text,
                                 const struct sql_condition *condition, sql **out,
                                 agentos_error *err)
{
    ensure(condition->reach < SQL_REACH_COUNT && condition->text.len > 0);
    return borrow_statement(conn, &conn->owned[condition->reach], text, condition, out, err);
}

/* Returns a statement and clears its rows and bindings. Does nothing if q is NULL. */
void sql_done(sql *q)
{
    if (q == NULL)
        return;
    ensure(q->is_borrowed);
    q->driver->reset(q->query);
    q->is_borrowed = false;
}

void sql_bind_text(sql *q, const char *name, const char *text)
{
    ensure(q->is_borrowed);
    q->driver->bind_text(q->query, name, text);
}

void sql_bind_int(sql *q, const char *name, int64_t number)
{
    ensure(q->is_borrowed);
    q->driver->bind_int(q->query, name, number);
}

/* Steps to the next row, if any. */
agentos_status sql_next(sql *q, bool *has_row, agentos_error *err)
{
    ensure(q->is_borrowed && has_row != NULL);
    return q->driver->next(q->query, has_row, err);
}

/* Runs the statement to completion, ignoring its rows. */
agentos_status sql_finish(sql *q, agentos_error *err)
{
    bool has_row = true;

    while (has_row)
        TRY(sql_next(q, &has_row, err));
    return AGENTOS_OK;
}

int64_t sql_int(const sql *q, int column)
{
    ensure(q->is_borrowed);
    return q->driver->column_int(q->query, column);
}

str sql_view(const sql *q, int column)
{
    ensure(q->is_borrowed);
    return q->driver->column_text(q->query, column);
}

/* Copies a text column to the arena. Returns NULL for null. */
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
    TRY(conn->driver->commit(conn->link, err));
    void (*committed)(struct db_conn *, const void *) = conn->committed;
    conn->committed = NULL;
    if (committed != NULL)
        committed(conn, conn->committed_user);
    return AGENTOS_OK;
}

void sql_rollback(struct db_conn *conn)
{
    conn->committed = NULL;
    conn->driver->rollback(conn->link);
}

void sql_after_commit(struct db_conn *conn,
                      void (*committed)(struct db_conn *conn, const void *user), const void *user)
{
    ensure(sql_in_transaction(conn));
    conn->committed = committed;
    conn->committed_user = user;
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

/* Runs several statements after expanding their macros. */
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

/* Reads the number that a query returns. Fails with INTERNAL if it returns no row. */
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

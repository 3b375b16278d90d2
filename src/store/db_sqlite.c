/* The only file that knows sqlite3.h: connections, statements kept by their text, SQLite's errors
 * as ours. It knows no table, except which ones have owners. */
#include <assert.h>
#include <limits.h>
#include <sqlite3.h>

#include "base/map.h"
#include "base/mem.h"
#include "store/sql.h"

struct sql {
    sqlite3_stmt *handle;
    struct db_conn *conn;
    bool may_touch_owned;
    bool on_loan;
};

struct db_conn {
    sqlite3 *handle;
    struct map statements; /* text to struct sql */
    bool may_touch_owned;  /* while a statement from owner.c is being compiled or run */
};

/* Rows of these belong to somebody: see owner.c. */
static const char *const owned_tables[] = { "sessions", "runs", "session_models",
                                            "service_accounts" };

// clang-format off
static const struct {
    int code; /* primary or extended */
    agentos_status status;
    const char *sentence;
} faults[] = {
    { SQLITE_CONSTRAINT_PRIMARYKEY, AGENTOS_CONFLICT,    "The key exists already" },
    { SQLITE_CONSTRAINT_UNIQUE,     AGENTOS_CONFLICT,    "The key exists already" },
    { SQLITE_FULL,                  AGENTOS_UNAVAILABLE, "The database is full" },
    { SQLITE_BUSY,                  AGENTOS_UNAVAILABLE, "The database is locked" },
    { SQLITE_LOCKED,                AGENTOS_UNAVAILABLE, "The database is locked" },
    { SQLITE_READONLY,              AGENTOS_UNAVAILABLE, "The database is read-only" },
    { SQLITE_NOTADB,                AGENTOS_UNAVAILABLE, "The database file is not a database" },
    { SQLITE_CORRUPT,               AGENTOS_UNAVAILABLE, "The database file is damaged" },
    { SQLITE_CANTOPEN,              AGENTOS_UNAVAILABLE, "The database cannot be opened" },
    { SQLITE_PERM,                  AGENTOS_UNAVAILABLE, "The database may not be opened" },
    { SQLITE_IOERR,                 AGENTOS_UNAVAILABLE, "The database's disk fails" },
    { SQLITE_TOOBIG,                AGENTOS_TOO_LARGE,   "The value is too large for the database" },
    { SQLITE_AUTH,                  AGENTOS_INTERNAL,    "A query lacks its owner condition" },
};
// clang-format on

static agentos_status fault(const struct db_conn *conn, int code, agentos_error *err)
{
    for (size_t i = 0; i < COUNT(faults); i++)
        if (faults[i].code == code || faults[i].code == (code & 0xff))
            return fail(err, faults[i].status, "%s", faults[i].sentence);
    return fail(err, AGENTOS_INTERNAL, "The database failed: %s (%d)",
                conn->handle != NULL ? sqlite3_errmsg(conn->handle) : sqlite3_errstr(code), code);
}

/* Connections */

static const char settings[] = "PRAGMA foreign_keys = ON;"
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA temp_store = MEMORY;"
                               "PRAGMA journal_size_limit = 67108864;"
                               "PRAGMA synchronous = FULL;"; /* a commit outlives a power cut */

static agentos_status configure(struct db_conn *conn, uint64_t busy_ms, agentos_error *err)
{
    (void)sqlite3_busy_timeout(conn->handle, busy_ms < INT_MAX ? (int)busy_ms : INT_MAX);
    /* Each answers OK or that this build lacks it: they harden, nothing depends on them. */
    (void)sqlite3_db_config(conn->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(conn->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    (void)sqlite3_db_config(conn->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    return sql_script(conn, settings, err);
}

agentos_status sql_connect(const char *path, uint64_t busy_ms, struct db_conn **out,
                           agentos_error *err)
{
    struct db_conn *conn = calloc(1, sizeof(*conn));
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

    if (conn == NULL)
        abort();
    int code = sqlite3_open_v2(path != NULL ? path : ":memory:", &conn->handle, flags, NULL);
    agentos_status status =
        code == SQLITE_OK ? configure(conn, busy_ms, err) : fault(conn, code, err);
    if (status == AGENTOS_OK && sqlite3_db_readonly(conn->handle, "main") != 0)
        status = fault(conn, SQLITE_READONLY, err);
    if (status != AGENTOS_OK) {
        sql_disconnect(conn);
        return status;
    }
    *out = conn;
    return AGENTOS_OK;
}

void sql_disconnect(struct db_conn *conn)
{
    str text;
    void *value;

    if (conn == NULL)
        return;
    for (size_t i = 0; map_next(&conn->statements, &i, &text, &value);) {
        sql *q = value;
        (void)sqlite3_finalize(q->handle); /* repeats the error of its last step */
        free(q);
    }
    map_clear(&conn->statements);
    (void)sqlite3_close(conn->handle); /* every statement is finalized: cannot be busy */
    free(conn);
}

static bool is_owned_table(const char *name)
{
    for (size_t i = 0; i < COUNT(owned_tables); i++)
        if (sqlite3_stricmp(name, owned_tables[i]) == 0)
            return true;
    return false;
}

/* Asked by SQLite for every table that a statement names, when it compiles one. */
static int guard(void *user, int action, const char *table, const char *column, const char *schema,
                 const char *trigger)
{
    const struct db_conn *conn = user;
    bool touches = action == SQLITE_READ || action == SQLITE_INSERT || action == SQLITE_UPDATE ||
                   action == SQLITE_DELETE;

    (void)column, (void)schema, (void)trigger; /* the table decides */
    if (touches && !conn->may_touch_owned && table != NULL && is_owned_table(table))
        return SQLITE_DENY;
    return SQLITE_OK;
}

void sql_guard(struct db_conn *conn)
{
    (void)sqlite3_set_authorizer(conn->handle, guard, conn); /* always OK */
}

/* Statements */

static agentos_status compile(struct db_conn *conn, str text, sqlite3_stmt **out,
                              agentos_error *err)
{
    int code = sqlite3_prepare_v3(conn->handle, text.ptr, (int)text.len, SQLITE_PREPARE_PERSISTENT,
                                  out, NULL);

    return code == SQLITE_OK ? AGENTOS_OK : fault(conn, code, err);
}

static agentos_status prepare(struct db_conn *conn, str text, bool may_touch_owned, sql **out,
                              agentos_error *err)
{
    sql *q = map_get(&conn->statements, text);

    if (q == NULL) {
        sqlite3_stmt *handle = NULL;
        conn->may_touch_owned = may_touch_owned;
        agentos_status status = compile(conn, text, &handle, err);
        conn->may_touch_owned = false;
        TRY(status);
        q = calloc(1, sizeof(*q));
        if (q == NULL)
            abort();
        *q = (sql){ .handle = handle, .conn = conn, .may_touch_owned = may_touch_owned };
        (void)map_put(&conn->statements, text, q); /* was absent */
    }
    if (q->on_loan || q->may_touch_owned != may_touch_owned)
        return fail(err, AGENTOS_INTERNAL, "A statement is used twice at once");
    q->on_loan = true;
    *out = q;
    return AGENTOS_OK;
}

agentos_status sql_prepare(struct db_conn *conn, str text, sql **out, agentos_error *err)
{
    return prepare(conn, text, false, out, err);
}

agentos_status sql_prepare_owned(struct db_conn *conn, str text, sql **out, agentos_error *err)
{
    return prepare(conn, text, true, out, err);
}

void sql_done(sql *q)
{
    (void)sqlite3_reset(q->handle); /* repeats the error of the last step */
    (void)sqlite3_clear_bindings(q->handle);
    q->on_loan = false;
}

static int parameter(sql *q, const char *name)
{
    int index = sqlite3_bind_parameter_index(q->handle, name);

    assert(index > 0);
    return index;
}

/* Binding fails for a wrong index, a statement in the middle of its rows, or want of memory only.
 */
static void expect_bound(int code)
{
    if (code != SQLITE_OK)
        abort();
}

void sql_bind_text(sql *q, const char *name, const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;

    expect_bound(
        sqlite3_bind_text64(q->handle, parameter(q, name), text, len, SQLITE_STATIC, SQLITE_UTF8));
}

void sql_bind_int(sql *q, const char *name, int64_t number)
{
    expect_bound(sqlite3_bind_int64(q->handle, parameter(q, name), number));
}

agentos_status sql_next(sql *q, bool *has_row, agentos_error *err)
{
    assert(q != NULL);
    /* A step compiles the statement again when the schema has changed. */
    q->conn->may_touch_owned = q->may_touch_owned;
    int code = sqlite3_step(q->handle);
    q->conn->may_touch_owned = false;

    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return fault(q->conn, code, err);
    *has_row = code == SQLITE_ROW;
    return AGENTOS_OK;
}

agentos_status sql_finish(sql *q, agentos_error *err)
{
    bool has_row = true;

    while (has_row)
        TRY(sql_next(q, &has_row, err));
    return AGENTOS_OK;
}

int64_t sql_int(const sql *q, int column)
{
    return sqlite3_column_int64(q->handle, column);
}

const char *sql_text(const sql *q, int column, arena *a)
{
    const unsigned char *text = sqlite3_column_text(q->handle, column);

    if (text == NULL)
        return NULL;
    size_t len = (size_t)sqlite3_column_bytes(q->handle, column);
    return arena_copy(a, (str){ (const char *)text, len });
}

int64_t sql_changes(const struct db_conn *conn)
{
    return sqlite3_changes64(conn->handle);
}

bool sql_in_transaction(const struct db_conn *conn)
{
    return sqlite3_get_autocommit(conn->handle) == 0;
}

void sql_rollback(struct db_conn *conn)
{
    if (sql_in_transaction(conn)) /* a failure leaves nothing to do: the transaction is gone */
        (void)sqlite3_exec(conn->handle, "ROLLBACK", NULL, NULL, NULL);
}

agentos_status sql_run(struct db_conn *conn, const char *text, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    TRY(sql_prepare(conn, str_of(text), &q, err));
    return sql_finish(q, err);
}

agentos_status sql_script(struct db_conn *conn, const char *text, agentos_error *err)
{
    int code = sqlite3_exec(conn->handle, text, NULL, NULL, NULL);

    return code == SQLITE_OK ? AGENTOS_OK : fault(conn, code, err);
}

agentos_status sql_number(struct db_conn *conn, const char *text, int64_t *out, agentos_error *err)
{
    sqlite3_stmt *query = NULL;

    TRY(compile(conn, str_of(text), &query, err));
    int code = sqlite3_step(query);
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(query, 0);
    (void)sqlite3_finalize(query); /* repeats the error of the step */
    return code == SQLITE_ROW ? AGENTOS_OK : fault(conn, code, err);
}

agentos_status sql_copy(struct db_conn *conn, const char *path, agentos_error *err)
{
    struct db_conn target = { 0 };
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int code = sqlite3_open_v2(path, &target.handle, flags, NULL);
    sqlite3_backup *copy = NULL;

    if (code == SQLITE_OK)
        copy = sqlite3_backup_init(target.handle, "main", conn->handle, "main");
    if (copy != NULL) {
        (void)sqlite3_backup_step(copy, -1); /* finish answers its error */
        code = sqlite3_backup_finish(copy);
    } else if (code == SQLITE_OK) {
        code = sqlite3_extended_errcode(target.handle);
    }
    agentos_status status = code == SQLITE_OK ? AGENTOS_OK : fault(&target, code, err);
    (void)sqlite3_close(target.handle); /* the copy is finished: cannot be busy */
    return status;
}

struct sqlite3 *sql_handle(struct db_conn *conn)
{
    return conn->handle;
}

/* The SQLite driver. */
#include "store/driver/sqlite.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>

#include "base/ensure.h"
#include "base/list.h"
#include "base/mem.h"

/* Statements for transactions, compiled on first use. */
enum fixed { BEGIN_READ, BEGIN_WRITE, COMMIT, SAVEPOINT, ROLLBACK_TO, RELEASE, FIXED_COUNT };

static const char *const fixed_texts[FIXED_COUNT] = {
    [BEGIN_READ] = "BEGIN",        [BEGIN_WRITE] = "BEGIN IMMEDIATE", [COMMIT] = "COMMIT",
    [SAVEPOINT] = "SAVEPOINT job", [ROLLBACK_TO] = "ROLLBACK TO job", [RELEASE] = "RELEASE job",
};

struct sqlite_link {
    struct sql_link base;
    sqlite3 *handle;
    sqlite3_stmt *fixed[FIXED_COUNT];
    const char *const *guarded; /* borrowed */
    size_t guarded_count;
    bool may_touch_owned; /* during a statement that may */
};

struct sqlite_query {
    struct sql_query base;
    sqlite3_stmt *handle;
    bool may_touch_owned;
};

static struct sqlite_link *link_of(struct sql_link *link)
{
    ensure(link != NULL && link->driver == &sqlite_driver);
    return LIST_OWNER(link, struct sqlite_link, base);
}

static struct sqlite_query *query_of(struct sql_query *query)
{
    ensure(query != NULL);
    return LIST_OWNER(query, struct sqlite_query, base);
}

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

/* Converts a SQLite error code. handle is NULL if there is no connection. */
static agentos_status report_error(sqlite3 *handle, int code, agentos_error *err)
{
    for (size_t i = 0; i < COUNT(faults); i++)
        if (faults[i].code == code || faults[i].code == (code & 0xff))
            return fail(err, faults[i].status, "%s", faults[i].sentence);
    return fail(err, AGENTOS_INTERNAL, "The database failed: %s (%d)",
                handle != NULL ? sqlite3_errmsg(handle) : sqlite3_errstr(code), code);
}

/* ---- connections ---- */

static const char settings[] = "PRAGMA foreign_keys = ON;"
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA temp_store = MEMORY;"
                               "PRAGMA journal_size_limit = 67108864;"
                               "PRAGMA synchronous = FULL;"; /* a commit survives a power cut */

/* Runs several statements until one fails. */
static agentos_status run_script(struct sql_link *link, const char *text, agentos_error *err)
{
    sqlite3 *handle = link_of(link)->handle;

    ensure(text != NULL);
    int code = sqlite3_exec(handle, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? AGENTOS_OK : report_error(handle, code, err);
}

/* Configures a new connection: safe defaults, durable commits, and read-only for SQL_READS. */
static agentos_status configure_connection(struct sqlite_link *self, const struct sql_place *place,
                                           agentos_error *err)
{
    uint64_t busy_ms = place->busy_ms;

    ensure(self->handle != NULL);
    (void)sqlite3_busy_timeout(self->handle, busy_ms < INT_MAX ? (int)busy_ms : INT_MAX);
    /* These calls fail if this build of SQLite lacks the option. They only add protection, so that
     * is ignored. */
    (void)sqlite3_db_config(self->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(self->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    (void)sqlite3_db_config(self->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    TRY(run_script(&self->base, settings, err));
    if (sqlite3_db_readonly(self->handle, "main") != 0)
        return report_error(self->handle, SQLITE_READONLY, err);
    return place->access == SQL_READS ? run_script(&self->base, "PRAGMA query_only = ON", err)
                                      : AGENTOS_OK;
}

/* Closes the connection. Its statements must have been finalized. */
static void disconnect(struct sql_link *link)
{
    struct sqlite_link *self = link_of(link);

    for (size_t i = 0; i < FIXED_COUNT; i++)
        (void)sqlite3_finalize(self->fixed[i]); /* repeats the error of its last step */
    (void)sqlite3_close(self->handle);          /* cannot fail once all statements are finalized */
    free(self);
}

/* Opens and configures a connection. The caller must disconnect *out. */
static agentos_status connect_to(const struct sql_place *place, struct sql_link **out,
                                 agentos_error *err)
{
    struct sqlite_link *self = mem_zeroed(sizeof(*self));
    const char *path = place->path != NULL ? place->path : ":memory:";
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

    self->base.driver = &sqlite_driver;
    int code = sqlite3_open_v2(path, &self->handle, flags, NULL);
    agentos_status status = code == SQLITE_OK ? configure_connection(self, place, err)
                                              : report_error(self->handle, code, err);
    if (status != AGENTOS_OK) {
        disconnect(&self->base);
        return status;
    }
    *out = &self->base;
    return AGENTOS_OK;
}

/* Returns whether the table has owners. SQLite ignores case in table names. */
static bool is_guarded(const struct sqlite_link *self, const char *table)
{
    for (size_t i = 0; i < self->guarded_count; i++)
        if (sqlite3_stricmp(table, self->guarded[i]) == 0)
            return true;
    return false;
}

/* Called by SQLite while it compiles a statement. Denies tables with owners to other statements
 * than those with an owner condition. */
static int authorize_access(void *user, int action, const char *table, const char *column,
                            const char *schema, const char *trigger)
{
    const struct sqlite_link *self = user;
    bool touches = action == SQLITE_READ || action == SQLITE_INSERT || action == SQLITE_UPDATE ||
                   action == SQLITE_DELETE;

    (void)column, (void)schema, (void)trigger; /* only the table matters */
    if (touches && !self->may_touch_owned && table != NULL && is_guarded(self, table))
        return SQLITE_DENY;
    return SQLITE_OK;
}

/* Protects these tables from now on. The names are borrowed. */
static void guard(struct sql_link *link, const char *const *tables, size_t count)
{
    struct sqlite_link *self = link_of(link);

    ensure(tables != NULL || count == 0);
    self->guarded = tables;
    self->guarded_count = count;
    (void)sqlite3_set_authorizer(self->handle, authorize_access,
                                 self); /* always returns SQLITE_OK */
}

/* ---- statements ---- */

/* Compiles a statement for repeated use. */
static agentos_status compile_statement(struct sqlite_link *self, str text, sqlite3_stmt **out,
                                        agentos_error *err)
{
    ensure(text.len > 0 && text.len <= INT_MAX);
    int code = sqlite3_prepare_v3(self->handle, text.ptr, (int)text.len, SQLITE_PREPARE_PERSISTENT,
                                  out, NULL);
    return code == SQLITE_OK ? AGENTOS_OK : report_error(self->handle, code, err);
}

/* Compiles a statement, which calls authorize_access. The caller must finalize *out. */
static agentos_status prepare(struct sql_link *link, str text, bool may_touch_owned,
                              struct sql_query **out, agentos_error *err)
{
    struct sqlite_link *self = link_of(link);
    sqlite3_stmt *handle = NULL;

    ensure(!self->may_touch_owned && text.len > 0);
    self->may_touch_owned = may_touch_owned;
    agentos_status status = compile_statement(self, text, &handle, err);
    self->may_touch_owned = false;
    TRY(status);
    struct sqlite_query *query = mem_zeroed(sizeof(*query));
    *query = (struct sqlite_query){ { link }, handle, may_touch_owned };
    *out = &query->base;
    return AGENTOS_OK;
}

static void finalize(struct sql_query *query)
{
    struct sqlite_query *self = query_of(query);

    (void)sqlite3_finalize(self->handle); /* repeats the error of its last step */
    free(self);
}

static int parameter_index(struct sql_query *query, const char *name)
{
    int index = sqlite3_bind_parameter_index(query_of(query)->handle, name);

    ensure(index > 0); /* texts and parameters are written together */
    return index;
}

/* Binds a text, which is borrowed until reset, or null. Fails only on misuse or without memory. */
static void bind_text(struct sql_query *query, const char *name, const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;
    int code = sqlite3_bind_text64(query_of(query)->handle, parameter_index(query, name), text, len,
                                   SQLITE_STATIC, SQLITE_UTF8);

    ensure(code == SQLITE_OK);
}

static void bind_int(struct sql_query *query, const char *name, int64_t number)
{
    int code = sqlite3_bind_int64(query_of(query)->handle, parameter_index(query, name), number);

    ensure(code == SQLITE_OK);
}

/* Steps to the next row. SQLite may recompile the statement, which needs its permission. */
static agentos_status step(struct sql_query *query, bool *has_row, agentos_error *err)
{
    struct sqlite_query *self = query_of(query);
    struct sqlite_link *link = link_of(query->link);

    ensure(!link->may_touch_owned);
    /* SQLite recompiles the statement here if the schema has changed. */
    link->may_touch_owned = self->may_touch_owned;
    int code = sqlite3_step(self->handle);
    link->may_touch_owned = false;

    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return report_error(link->handle, code, err);
    *has_row = code == SQLITE_ROW;
    return AGENTOS_OK;
}

static void reset(struct sql_query *query)
{
    struct sqlite_query *self = query_of(query);

    (void)sqlite3_reset(self->handle);
    (void)sqlite3_clear_bindings(self->handle);
}

static int64_t column_int(struct sql_query *query, int column)
{
    ensure(column >= 0 && column < sqlite3_data_count(query_of(query)->handle));
    return sqlite3_column_int64(query_of(query)->handle, column);
}

/* Returns a text, valid until the next step or reset. */
static str column_text(struct sql_query *query, int column)
{
    sqlite3_stmt *handle = query_of(query)->handle;
    ensure(column >= 0 && column < sqlite3_data_count(handle));
    const unsigned char *text = sqlite3_column_text(handle, column);

    return (str){ (const char *)text,
                  text != NULL ? (size_t)sqlite3_column_bytes(handle, column) : 0 };
}

static int64_t changes(struct sql_link *link)
{
    return sqlite3_changes64(link_of(link)->handle);
}

/* ---- transactions ---- */

/* Runs a transaction statement, compiled on first use. */
static agentos_status run_fixed(struct sql_link *link, enum fixed which, agentos_error *err)
{
    struct sqlite_link *self = link_of(link);

    ensure(which < FIXED_COUNT);
    if (self->fixed[which] == NULL)
        TRY(compile_statement(self, str_of(fixed_texts[which]), &self->fixed[which], err));
    int code = sqlite3_step(self->fixed[which]);
    agentos_status status =
        code == SQLITE_DONE ? AGENTOS_OK : report_error(self->handle, code, err);
    (void)sqlite3_reset(self->fixed[which]); /* repeats the error of the step */
    return status;
}

static agentos_status begin(struct sql_link *link, enum sql_access access, agentos_error *err)
{
    return run_fixed(link, access == SQL_WRITES ? BEGIN_WRITE : BEGIN_READ, err);
}

static agentos_status commit(struct sql_link *link, agentos_error *err)
{
    return run_fixed(link, COMMIT, err);
}

static bool in_transaction(struct sql_link *link)
{
    return sqlite3_get_autocommit(link_of(link)->handle) == 0;
}

static void rollback(struct sql_link *link)
{
    if (in_transaction(link)) /* if this fails, SQLite has rolled back already */
        (void)sqlite3_exec(link_of(link)->handle, "ROLLBACK", NULL, NULL, NULL);
}

static agentos_status savepoint(struct sql_link *link, agentos_error *err)
{
    return run_fixed(link, SAVEPOINT, err);
}

static agentos_status rollback_to(struct sql_link *link, agentos_error *err)
{
    return run_fixed(link, ROLLBACK_TO, err);
}

static agentos_status release(struct sql_link *link, agentos_error *err)
{
    return run_fixed(link, RELEASE, err);
}

/* ---- the database as a whole ---- */

static agentos_status read_number(struct sql_link *link, const char *text, int64_t *out,
                                  agentos_error *err)
{
    struct sqlite_link *self = link_of(link);
    sqlite3_stmt *query = NULL;

    ensure(out != NULL);
    TRY(compile_statement(self, str_of(text), &query, err));
    int code = sqlite3_step(query);
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(query, 0);
    (void)sqlite3_finalize(query); /* repeats the error of the step */
    return code == SQLITE_ROW ? AGENTOS_OK : report_error(self->handle, code, err);
}

/* Reads the mark from the file header. */
static agentos_status read_mark(struct sql_link *link, struct sql_mark *out, agentos_error *err)
{
    struct sql_mark mark = { 0 };
    int64_t tables = 0;

    ensure(out != NULL);
    TRY(read_number(link, "PRAGMA application_id", &mark.application, err));
    TRY(read_number(link, "PRAGMA user_version", &mark.version, err));
    TRY(read_number(link, "SELECT count(*) FROM sqlite_schema", &tables, err));
    mark.is_empty = tables == 0;
    *out = mark;
    return AGENTOS_OK;
}

/* Writes the mark to the file header, in the migration's transaction. */
static agentos_status write_mark(struct sql_link *link, const struct sql_mark *mark,
                                 agentos_error *err)
{
    char text[128]; /* enough for two numbers of 20 characters */

    ensure(mark->version >= 0);
    (void)snprintf(text, sizeof(text), "PRAGMA application_id = %lld; PRAGMA user_version = %lld",
                   (long long)mark->application, (long long)mark->version);
    return run_script(link, text, err);
}

/* Switches to a write-ahead log. Fails if the file system does not support it. */
static agentos_status allow_readers(struct sql_link *link, agentos_error *err)
{
    int64_t is_wal = 0;

    TRY(run_script(link, "PRAGMA journal_mode = WAL", err));
    TRY(read_number(link, "SELECT journal_mode = 'wal' FROM pragma_journal_mode", &is_wal, err));
    if (is_wal == 0)
        return fail(err, AGENTOS_UNAVAILABLE,
                    "The database's file system has no shared memory for WAL");
    return AGENTOS_OK;
}

/* Copies a consistent state of the database; writes may continue. */
static agentos_status copy_database(struct sql_link *link, const char *path, agentos_error *err)
{
    sqlite3 *target = NULL;
    sqlite3_backup *backup = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

    ensure(path != NULL);
    int code = sqlite3_open_v2(path, &target, flags, NULL);
    if (code == SQLITE_OK)
        backup = sqlite3_backup_init(target, "main", link_of(link)->handle, "main");
    if (backup != NULL) {
        (void)sqlite3_backup_step(backup, -1); /* copies all pages; finish returns any error */
        code = sqlite3_backup_finish(backup);
    } else if (code == SQLITE_OK) {
        code = sqlite3_extended_errcode(target);
    }
    agentos_status status = code == SQLITE_OK ? AGENTOS_OK : report_error(target, code, err);
    (void)sqlite3_close(target); /* cannot fail once the backup is finished */
    return status;
}

struct sqlite3 *sqlite_handle(struct sql_link *link)
{
    return link_of(link)->handle;
}

static void release_memory(struct sql_link *link)
{
    (void)sqlite3_db_release_memory(link_of(link)->handle);
}

const struct sql_driver sqlite_driver = {
    .dialect = DIALECT_SQLITE,
    .connect = connect_to,
    .disconnect = disconnect,
    .guard = guard,
    .prepare = prepare,
    .finalize = finalize,
    .bind_text = bind_text,
    .bind_int = bind_int,
    .next = step,
    .reset = reset,
    .column_int = column_int,
    .column_text = column_text,
    .changes = changes,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .in_transaction = in_transaction,
    .savepoint = savepoint,
    .rollback_to = rollback_to,
    .release = release,
    .release_memory = release_memory,
    .script = run_script,
    .read_mark = read_mark,
    .write_mark = write_mark,
    .allow_readers = allow_readers,
    .copy = copy_database,
};

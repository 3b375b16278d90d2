/* For the tests of the store: a folder of its own for each database, a bare connection without
 * threads, and rows with everything that a row must have. */
#ifndef SUPPORT_STORE_H
#define SUPPORT_STORE_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "store/driver/sqlite.h"
#include "store/migrate.h"
#include "store/owner.h"
#include "store/run_row.h"
#include "store/schema.h"
#include "store/session.h"
#include "store/session_sweep.h"
#include "store/sql.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Last, and without its macro: fail is a function of ours. */
#include <cmocka.h>
#undef fail

struct place {
    char folder[32], path[64], url[80];
};

static inline struct place place_new(void)
{
    struct place place = { .folder = "/tmp/agentos-store-XXXXXX" };

    assert_non_null(mkdtemp(place.folder));
    (void)snprintf(place.path, sizeof(place.path), "%s/test.db", place.folder);
    (void)snprintf(place.url, sizeof(place.url), "sqlite:%s", place.path);
    return place;
}

static inline void place_remove(const struct place *place)
{
    static const char *const endings[] = { "", "-wal", "-shm", "-journal", ".copy", ".lock" };
    char path[96];

    for (size_t i = 0; i < COUNT(endings); i++) {
        (void)snprintf(path, sizeof(path), "%s%s", place->path, endings[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(place->folder), 0);
}

/* A bare connection to the database at path; NULL: in memory. */
static inline agentos_status connect_to(const char *path, uint64_t busy_ms, struct db_conn **out)
{
    const struct sql_place place = { .path = path, .busy_ms = busy_ms, .access = SQL_WRITES };

    return sql_connect(NULL, &place, out, NULL);
}

static inline struct sqlite3 *handle_of(struct db_conn *conn)
{
    return sqlite_handle(sql_link_of(conn));
}

/* An empty, migrated, guarded database in memory, inside a transaction, as every job has one. */
static inline struct db_conn *conn_new(void)
{
    struct db_conn *conn = NULL;
    agentos_error err;

    assert_int_equal(connect_to(NULL, 0, &conn), AGENTOS_OK);
    assert_int_equal(migrate(conn, &agentos_schema, &err), AGENTOS_OK);
    sql_guard(conn, &agentos_schema);
    assert_int_equal(sql_begin(conn, SQL_WRITES, &err), AGENTOS_OK);
    return conn;
}

static inline struct owner owner_of(const char *issuer, const char *user_id)
{
    return (struct owner){ .issuer = issuer, .user_id = user_id };
}

static const struct owner everyone = { .everyone = true };

/* A completed run of agent "alpha" by user_id of the plain issuer. */
static inline struct run_row row_of(const char *run_id, const char *session_id, const char *user_id)
{
    return (struct run_row){ .run_id = run_id,
                             .session_id = session_id,
                             .type = COMPONENT_AGENT,
                             .component_id = "alpha",
                             .issuer = "",
                             .user_id = user_id,
                             .status = "COMPLETED",
                             .input = "hello",
                             .content = "Echo: hello",
                             .messages = run_id, /* told apart by its text */
                             .model_id = "echo-1",
                             .model_provider = "Echo",
                             .input_tokens = 6,
                             .output_tokens = 2,
                             .total_tokens = 8,
                             .created_at = 1795288568 };
}

/* As a write job does it: undone when it fails. */
static inline agentos_status save_as(struct db_conn *conn, const struct owner *owner,
                                     const struct run_row *row)
{
    agentos_error err;

    assert_int_equal(sql_savepoint(conn, &err), AGENTOS_OK);
    agentos_status status = run_row_save(conn, owner, row, &err);
    if (status != AGENTOS_OK)
        assert_int_equal(sql_rollback_to(conn, &err), AGENTOS_OK);
    assert_int_equal(sql_release(conn, &err), AGENTOS_OK);
    return status;
}

static inline agentos_status save(struct db_conn *conn, const struct run_row *row)
{
    struct owner owner = owner_of(row->issuer, row->user_id);

    return save_as(conn, &owner, row);
}

/* As the writer does it after its jobs: removes all rows of deleted sessions. Returns in how many
 * slices. */
static inline size_t sweep(struct db_conn *conn)
{
    size_t slices = 0;

    for (bool has_more = true; has_more; slices++)
        assert_int_equal(session_sweep(conn, &has_more, NULL), AGENTOS_OK);
    return slices;
}

/* One setting, written as a change under test would write its table, and read back; NULL: it has no
 * row. */
static inline void setting_write(struct db_conn *conn, const char *name, const char *value)
{
    AUTO(sql) *q = NULL;

    assert_int_equal(
        sql_prepare(conn, STR("INSERT OR REPLACE INTO settings VALUES (:name, :value)"), &q, NULL),
        AGENTOS_OK);
    sql_bind_text(q, ":name", name);
    sql_bind_text(q, ":value", value);
    assert_int_equal(sql_finish(q, NULL), AGENTOS_OK);
}

static inline const char *setting_read(struct db_conn *conn, const char *name, arena *a)
{
    AUTO(sql) *q = NULL;
    bool has_row = false;

    assert_int_equal(
        sql_prepare(conn, STR("SELECT value FROM settings WHERE name = :name"), &q, NULL),
        AGENTOS_OK);
    sql_bind_text(q, ":name", name);
    assert_int_equal(sql_next(q, &has_row, NULL), AGENTOS_OK);
    return has_row ? sql_text(q, 0, a) : NULL;
}

#endif

/* An SQL engine that fails when a test says so: SQLite behind the same table of functions. The plan
 * is one for the process; it is changed while no database thread works, or atomically. */
#ifndef SUPPORT_FAULT_DRIVER_H
#define SUPPORT_FAULT_DRIVER_H

#include <stdatomic.h>

#include "base/list.h"
#include "store.h"

enum fault {
    FAULT_NONE,
    FAULT_FULL,     /* a write finds no room; the engine undoes the transaction, as SQLite may */
    FAULT_CONFLICT, /* a write meets a key that exists */
    FAULT_BUSY,     /* a transaction cannot begin */
    FAULT_CONNECT,  /* a connection for reads cannot be opened */
    FAULT_LOST_AT_COMMIT,    /* the connection breaks before COMMIT reached the engine */
    FAULT_LOST_AFTER_COMMIT, /* and after: it was made durable, but nobody says so */
};

static _Atomic(enum fault) fault_planned;
static atomic_size_t fault_connections; /* opened so far */
static atomic_size_t fault_skipped;     /* how many calls of that kind succeed before */

struct fault_link {
    struct sql_link base;
    struct sql_link *inner;
};

struct fault_query {
    struct sql_query base;
    struct sql_query *inner;
    bool writes;
};

static inline struct sql_link *inner_link(struct sql_link *link)
{
    return LIST_OWNER(link, struct fault_link, base)->inner;
}

static inline struct sql_query *inner_query(struct sql_query *query)
{
    return LIST_OWNER(query, struct fault_query, base)->inner;
}

/* Whether this call is the one to fail; a fault comes once. */
static inline bool fault_is_due(enum fault fault)
{
    if (atomic_load(&fault_planned) != fault)
        return false;
    if (atomic_load(&fault_skipped) > 0) {
        atomic_fetch_sub(&fault_skipped, 1);
        return false;
    }
    atomic_store(&fault_planned, FAULT_NONE);
    return true;
}

static inline void fault_plan(enum fault fault, size_t skipped)
{
    atomic_store(&fault_skipped, skipped);
    atomic_store(&fault_planned, fault);
}

extern const struct sql_driver fault_driver;

static agentos_status fault_connect(const struct sql_place *place, struct sql_link **out,
                                    agentos_error *err)
{
    if (place->access == SQL_READS && fault_is_due(FAULT_CONNECT))
        return fail(err, AGENTOS_UNAVAILABLE, "The database cannot be opened");
    struct fault_link *self = mem_zeroed(sizeof(*self));
    agentos_status status = sqlite_driver.connect(place, &self->inner, err);

    atomic_fetch_add(&fault_connections, 1);
    self->base.driver = &fault_driver;
    if (status == AGENTOS_OK)
        *out = &self->base;
    else
        free(self);
    return status;
}

static void fault_disconnect(struct sql_link *link)
{
    sqlite_driver.disconnect(inner_link(link));
    free(LIST_OWNER(link, struct fault_link, base));
}

static void fault_guard(struct sql_link *link, const char *const *tables, size_t count)
{
    sqlite_driver.guard(inner_link(link), tables, count);
}

static agentos_status fault_prepare(struct sql_link *link, str text, bool may_touch_owned,
                                    struct sql_query **out, agentos_error *err)
{
    struct sql_query *inner = NULL;

    TRY(sqlite_driver.prepare(inner_link(link), text, may_touch_owned, &inner, err));
    struct fault_query *self = mem_zeroed(sizeof(*self));
    *self = (struct fault_query){ { link }, inner, !str_starts(text, STR("SELECT")) };
    *out = &self->base;
    return AGENTOS_OK;
}

static void fault_finalize(struct sql_query *query)
{
    sqlite_driver.finalize(inner_query(query));
    free(LIST_OWNER(query, struct fault_query, base));
}

static void fault_bind_text(struct sql_query *query, const char *name, const char *text)
{
    sqlite_driver.bind_text(inner_query(query), name, text);
}

static void fault_bind_int(struct sql_query *query, const char *name, int64_t number)
{
    sqlite_driver.bind_int(inner_query(query), name, number);
}

static agentos_status fault_next(struct sql_query *query, bool *has_row, agentos_error *err)
{
    if (LIST_OWNER(query, struct fault_query, base)->writes) {
        if (fault_is_due(FAULT_CONFLICT))
            return fail(err, AGENTOS_CONFLICT, "The key exists already");
        if (fault_is_due(FAULT_FULL)) {
            sqlite_driver.rollback(inner_link(query->link));
            return fail(err, AGENTOS_UNAVAILABLE, "The database is full");
        }
    }
    return sqlite_driver.next(inner_query(query), has_row, err);
}

static void fault_reset(struct sql_query *query)
{
    sqlite_driver.reset(inner_query(query));
}

static int64_t fault_column_int(struct sql_query *query, int column)
{
    return sqlite_driver.column_int(inner_query(query), column);
}

static str fault_column_text(struct sql_query *query, int column)
{
    return sqlite_driver.column_text(inner_query(query), column);
}

static int64_t fault_changes(struct sql_link *link)
{
    return sqlite_driver.changes(inner_link(link));
}

static agentos_status fault_begin(struct sql_link *link, enum sql_access access, agentos_error *err)
{
    if (access == SQL_WRITES && fault_is_due(FAULT_BUSY))
        return fail(err, AGENTOS_UNAVAILABLE, "The database is locked");
    return sqlite_driver.begin(inner_link(link), access, err);
}

static agentos_status fault_commit(struct sql_link *link, agentos_error *err)
{
    if (fault_is_due(FAULT_LOST_AT_COMMIT)) {
        sqlite_driver.rollback(inner_link(link));
        return fail(err, AGENTOS_UNAVAILABLE, "The database's connection is lost");
    }
    TRY(sqlite_driver.commit(inner_link(link), err));
    return fault_is_due(FAULT_LOST_AFTER_COMMIT)
               ? fail(err, AGENTOS_UNAVAILABLE, "The database's connection is lost")
               : AGENTOS_OK;
}

static void fault_rollback(struct sql_link *link)
{
    sqlite_driver.rollback(inner_link(link));
}

static bool fault_in_transaction(struct sql_link *link)
{
    return sqlite_driver.in_transaction(inner_link(link));
}

static agentos_status fault_savepoint(struct sql_link *link, agentos_error *err)
{
    return sqlite_driver.savepoint(inner_link(link), err);
}

static agentos_status fault_rollback_to(struct sql_link *link, agentos_error *err)
{
    return sqlite_driver.rollback_to(inner_link(link), err);
}

static agentos_status fault_release(struct sql_link *link, agentos_error *err)
{
    return sqlite_driver.release(inner_link(link), err);
}

static agentos_status fault_script(struct sql_link *link, const char *text, agentos_error *err)
{
    return sqlite_driver.script(inner_link(link), text, err);
}

static agentos_status fault_read_mark(struct sql_link *link, struct sql_mark *out,
                                      agentos_error *err)
{
    return sqlite_driver.read_mark(inner_link(link), out, err);
}

static agentos_status fault_write_mark(struct sql_link *link, const struct sql_mark *mark,
                                       agentos_error *err)
{
    return sqlite_driver.write_mark(inner_link(link), mark, err);
}

static agentos_status fault_allow_readers(struct sql_link *link, agentos_error *err)
{
    return sqlite_driver.allow_readers(inner_link(link), err);
}

static agentos_status fault_copy(struct sql_link *link, const char *path, agentos_error *err)
{
    return sqlite_driver.copy(inner_link(link), path, err);
}

static void fault_release_memory(struct sql_link *link)
{
    sqlite_driver.release_memory(inner_link(link));
}

const struct sql_driver fault_driver = {
    .dialect = DIALECT_SQLITE,
    .connect = fault_connect,
    .disconnect = fault_disconnect,
    .guard = fault_guard,
    .prepare = fault_prepare,
    .finalize = fault_finalize,
    .bind_text = fault_bind_text,
    .bind_int = fault_bind_int,
    .next = fault_next,
    .reset = fault_reset,
    .column_int = fault_column_int,
    .column_text = fault_column_text,
    .changes = fault_changes,
    .begin = fault_begin,
    .commit = fault_commit,
    .rollback = fault_rollback,
    .in_transaction = fault_in_transaction,
    .savepoint = fault_savepoint,
    .rollback_to = fault_rollback_to,
    .release = fault_release,
    .release_memory = fault_release_memory,
    .script = fault_script,
    .read_mark = fault_read_mark,
    .write_mark = fault_write_mark,
    .allow_readers = fault_allow_readers,
    .copy = fault_copy,
};

#endif

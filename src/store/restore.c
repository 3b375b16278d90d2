/* Restores a database: copies the file beside it, checks the copy, keeps the database under another
 * name by a hard link, and renames the copy over it. */
#include "store/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/ensure.h"
#include "store/durable.h"
#include "store/lock.h"
#include "store/migrate.h"

enum { BUSY_MS = 5000, KEPT_MAX = 1000, NAME_SIZE = PATH_MAX + 40 };

typedef struct db_conn connection; /* one word, for AUTO */
DEFINE_AUTO(connection, sql_disconnect);

/* Connects to the file, which must exist. */
static agentos_status connect_to(const char *path, enum sql_access access, struct db_conn **out,
                                 agentos_error *err)
{
    const struct sql_place place = { .path = path, .busy_ms = BUSY_MS, .access = access };

    return sql_connect(NULL, &place, out, err);
}

/* Checks that this is an intact database that this program can read or migrate. */
static agentos_status check_database(struct db_conn *conn, const struct schema *schema,
                                     agentos_error *err)
{
    int64_t version = 0, faults = 0;

    TRY(migrate_check(conn, schema, &version, err));
    if (version == 0)
        return fail(err, AGENTOS_CONFLICT, "it is empty");
    TRY(sql_number(conn,
                   "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
                   &faults, err));
    if (faults > 0)
        return fail(err, AGENTOS_CONFLICT, "it is damaged: %" PRId64 " faults", faults);
    return AGENTOS_OK;
}

/* Copies the file to the empty file part. */
static agentos_status copy_file(const char *file, const char *part, agentos_error *err)
{
    AUTO(connection) *source = NULL;

    TRY(connect_to(file, SQL_READS, &source, err));
    return sql_copy(source, part, err);
}

/* Makes the copy, checks it, and flushes it to the disk as `ready`. */
static agentos_status make_ready(const struct restoring *r, const char *part, const char *ready,
                                 agentos_error *err)
{
    AUTO(connection) *conn = NULL;
    int fd = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return fail(err, AGENTOS_UNAVAILABLE, "%s", strerror(errno));
    (void)close(fd); /* nothing was written */
    TRY(copy_file(r->file, part, err));
    TRY(connect_to(part, SQL_WRITES, &conn, err));
    TRY(check_database(conn, r->schema, err));
    sql_disconnect(TAKE(conn)); /* merges its write-ahead log */
    return durable_publish(part, ready, err);
}

/* Merges the write-ahead log of the replaced database into it, if that can be done. */
static void merge_log(const char *path)
{
    struct db_conn *conn = NULL;
    int64_t pages;

    if (connect_to(path, SQL_WRITES, &conn, NULL) == AGENTOS_OK)
        (void)!sql_number(conn, "SELECT count(*) FROM sqlite_master", &pages, NULL);
    sql_disconnect(conn);
}

/* Gives the replaced database a second name that was not in use. */
static agentos_status link_replaced(struct restoring *r, agentos_error *err)
{
    for (int n = 1; n <= KEPT_MAX; n++) {
        int len = n == 1 ? snprintf(r->kept, sizeof(r->kept), "%s.before-restore", r->path)
                         : snprintf(r->kept, sizeof(r->kept), "%s.before-restore-%d", r->path, n);

        ensure(len > 0 && (size_t)len < sizeof(r->kept));
        if (link(r->path, r->kept) == 0)
            return AGENTOS_OK;
        if (errno != EEXIST)
            break;
    }
    return fail(err, AGENTOS_UNAVAILABLE, "the present database cannot be kept in '%.256s': %s",
                r->kept, strerror(errno));
}

/* Moves the leftover write-ahead log along with the replaced database, since SQLite would apply it
 * to the restored one. */
static agentos_status move_log(const struct restoring *r, agentos_error *err)
{
    char log[NAME_SIZE], index[NAME_SIZE], kept_log[NAME_SIZE + 8];

    (void)snprintf(log, sizeof(log), "%s-wal", r->path);
    (void)snprintf(index, sizeof(index), "%s-shm", r->path);
    (void)snprintf(kept_log, sizeof(kept_log), "%s-wal", r->kept);
    bool is_moved = rename(log, kept_log) == 0 || errno == ENOENT;
    if (is_moved && (unlink(index) == 0 || errno == ENOENT))
        return AGENTOS_OK;
    return fail(err, AGENTOS_UNAVAILABLE, "'%.256s' is in the way: %s", log, strerror(errno));
}

/* Keeps the replaced database, if there is one. */
static agentos_status keep_replaced(struct restoring *r, agentos_error *err)
{
    r->kept[0] = '\0';
    if (access(r->path, F_OK) != 0)
        return AGENTOS_OK;
    merge_log(r->path);
    TRY(link_replaced(r, err));
    return move_log(r, err);
}

/* Records the restore in the restored database. */
static agentos_status record(struct restoring *r, agentos_error *err)
{
    AUTO(connection) *conn = NULL;

    TRY(connect_to(r->path, SQL_WRITES, &conn, err));
    TRY(sql_begin(conn, SQL_WRITES, err));
    agentos_status status = r->record(conn, r, err);
    if (status == AGENTOS_OK)
        status = sql_commit(conn, err);
    sql_rollback(conn); /* does nothing after a COMMIT */
    return status;
}

/* Replaces the database, which is locked. */
static agentos_status replace(struct restoring *r, agentos_error *err)
{
    char part[NAME_SIZE], ready[NAME_SIZE];

    (void)snprintf(part, sizeof(part), "%s.restore.part", r->path);
    (void)snprintf(ready, sizeof(ready), "%s.restore", r->path);
    agentos_status status = make_ready(r, part, ready, err);
    if (status == AGENTOS_OK)
        status = keep_replaced(r, err);
    if (status == AGENTOS_OK)
        status = durable_publish(ready, r->path, err);
    (void)unlink(part); /* not there, unless something failed */
    (void)unlink(ready);
    TRY(status);
    r->is_recorded = record(r, &r->why) == AGENTOS_OK;
    return AGENTOS_OK;
}

agentos_status restore_database(struct restoring *restoring, agentos_error *err)
{
    int lock = -1;
    agentos_error why = { 0 };

    ensure(restoring->record != NULL && restoring->schema != NULL);
    ensure(strlen(restoring->path) < PATH_MAX);
    if (access(restoring->file, R_OK) != 0)
        return fail(err, AGENTOS_UNAVAILABLE, "'%.256s' cannot be restored: %s", restoring->file,
                    strerror(errno));
    TRY(lock_take(restoring->path, &lock, err));
    agentos_status status = replace(restoring, &why);
    lock_release(lock);
    if (status != AGENTOS_OK)
        return fail(err, status, "'%.256s' cannot be restored: %.600s", restoring->file,
                    why.message);
    return AGENTOS_OK;
}

/* Copies a database before its migration. */
#include "store/migrate_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "store/durable.h"

/* Returns the size of the database and its write-ahead log. A missing file counts as 0. */
static uint64_t database_bytes(const char *path)
{
    char log[PATH_MAX + 8];
    struct stat info;
    uint64_t bytes = 0;

    ensure(strlen(path) < PATH_MAX);
    (void)snprintf(log, sizeof(log), "%s-wal", path);
    if (stat(path, &info) == 0)
        bytes += (uint64_t)info.st_size;
    if (stat(log, &info) == 0)
        bytes += (uint64_t)info.st_size;
    return bytes;
}

/* Fails with UNAVAILABLE if the disk has less free space than the copy needs. */
static agentos_status check_room(const char *path, agentos_error *err)
{
    struct statvfs disk;
    uint64_t needed = database_bytes(path);

    if (statvfs(path, &disk) != 0) /* the copy reports the error */
        return AGENTOS_OK;
    uint64_t room = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (needed <= room)
        return AGENTOS_OK;
    return fail(err, AGENTOS_UNAVAILABLE, "it needs %" PRIu64 " MiB, and %" PRIu64 " MiB are free",
                needed / MiB + 1, room / MiB);
}

/* Copies the database to the temporary file part, and renames it to copy. If this fails, the
 * temporary file is removed. */
static agentos_status write_copy(struct db_conn *conn, const char *part, const char *copy,
                                 agentos_error *err)
{
    ensure(conn != NULL && part != NULL);
    int fd = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(err, AGENTOS_UNAVAILABLE, "%s", strerror(errno));
    (void)close(fd);
    agentos_status status = sql_copy(conn, part, err);
    if (status == AGENTOS_OK)
        status = durable_publish(part, copy, err);
    if (status != AGENTOS_OK)
        (void)unlink(part);
    return status;
}

/* Copies the database to PATH.before-VERSION. */
agentos_status migrate_copy(struct db_conn *conn, const char *path, size_t version,
                            agentos_error *err)
{
    char copy[PATH_MAX + 32], part[PATH_MAX + 40]; /* for ".before-", 20 digits and ".part" */
    agentos_error why = { 0 };

    ensure(strlen(path) < PATH_MAX && version > 0);
    (void)snprintf(copy, sizeof(copy), "%s.before-%zu", path, version);
    (void)snprintf(part, sizeof(part), "%s.part", copy);
    agentos_status status = check_room(path, &why);
    if (status == AGENTOS_OK)
        status = write_copy(conn, part, copy, &why);
    if (status == AGENTOS_OK)
        return AGENTOS_OK;
    return fail(
        err, AGENTOS_UNAVAILABLE,
        "cannot copy the database to '%.256s' before migrating it: %.300s. Free some space, "
        "or run `agentos db migrate --no-copy`",
        copy, why.message);
}

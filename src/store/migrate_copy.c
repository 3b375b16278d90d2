/* The copy is made by the engine under another name, and renamed when it is on the disk: a process
 * that is killed meanwhile leaves the database alone and half a copy that says so. */
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

/* How many bytes the database takes, with its write-ahead log. */
static uint64_t size_of(const char *path)
{
    char log[PATH_MAX + 8];
    struct stat info;
    uint64_t size = stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;

    ensure(path != NULL);
    (void)snprintf(log, sizeof(log), "%s-wal", path);
    return size + (stat(log, &info) == 0 ? (uint64_t)info.st_size : 0);
}

static agentos_status check_room(const char *path, agentos_error *err)
{
    struct statvfs disk;
    uint64_t needed = size_of(path);

    if (statvfs(path, &disk) != 0) /* then writing says what is wrong */
        return AGENTOS_OK;
    uint64_t room = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (needed <= room)
        return AGENTOS_OK;
    return fail(err, AGENTOS_UNAVAILABLE, "it needs %" PRIu64 " MiB, and %" PRIu64 " MiB are free",
                needed / MiB + 1, room / MiB);
}

/* Brings what was written to the disk: the copy, and then the folder with its name. */
static bool sync_file(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    bool is_synced = fd >= 0 && fsync(fd) == 0;

    ensure(path != NULL);
    if (fd >= 0)
        (void)close(fd); /* nothing is written through it */
    return is_synced;
}

static bool sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');

    ensure(slash != NULL); /* "./" or "/" begins it */
    (void)snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path + 1), path);
    return sync_file(folder, O_RDONLY | O_DIRECTORY);
}

static agentos_status publish(const char *part, const char *copy, agentos_error *err)
{
    ensure(part != NULL && copy != NULL);
    if (sync_file(part, O_RDONLY) && rename(part, copy) == 0 && sync_folder(copy))
        return AGENTOS_OK;
    return fail(err, AGENTOS_UNAVAILABLE, "%s", strerror(errno));
}

/* Has the engine write the part, and renames it; on failure no part is left. */
static agentos_status write_copy(struct db_conn *conn, const char *part, const char *copy,
                                 agentos_error *err)
{
    int fd = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

    ensure(conn != NULL);
    if (fd < 0)
        return fail(err, AGENTOS_UNAVAILABLE, "%s", strerror(errno));
    (void)close(fd); /* nothing was written */
    agentos_status status = sql_copy(conn, part, err);
    if (status == AGENTOS_OK)
        status = publish(part, copy, err);
    if (status != AGENTOS_OK)
        (void)unlink(part);
    return status;
}

agentos_status migrate_copy(struct db_conn *conn, const char *path, size_t version,
                            agentos_error *err)
{
    char copy[PATH_MAX + 32], part[PATH_MAX + 40];
    agentos_error why = { 0 };

    ensure(path != NULL && version > 0);
    (void)snprintf(copy, sizeof(copy), "%s.before-%zu", path, version);
    (void)snprintf(part, sizeof(part), "%s.part", copy);
    agentos_status status = check_room(path, &why);
    if (status == AGENTOS_OK)
        status = write_copy(conn, part, copy, &why);
    if (status == AGENTOS_OK)
        return AGENTOS_OK;
    return fail(err, AGENTOS_UNAVAILABLE,
                "The database is not migrated, since the copy of it cannot be kept in '%.256s': "
                "%.300s. Make room, or run `agentos db migrate --no-copy`",
                copy, why.message);
}

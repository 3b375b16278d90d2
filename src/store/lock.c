/* The lock file of a database (flock), which the kernel releases when the process ends. */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/ensure.h"

enum {
    PROCESS_ID_MAX = 16,           /* digits */
    LOCK_NAME_SIZE = PATH_MAX + 8, /* a path and ".lock" */
};

/* Reads the process id in the lock file. Returns its number of digits, or 0. */
static size_t read_process_id(int fd, char digits[PROCESS_ID_MAX])
{
    ensure(fd >= 0);
    ssize_t bytes = pread(fd, digits, PROCESS_ID_MAX, 0);
    size_t count = 0;

    while (bytes > 0 && count < (size_t)bytes && digits[count] >= '0' && digits[count] <= '9')
        count++;
    return count;
}

/* Fails with INVALID, naming the process in the lock file. */
static agentos_status fail_in_use(int fd, const char *path, agentos_error *err)
{
    char digits[PROCESS_ID_MAX];
    size_t count = read_process_id(fd, digits);

    if (count == 0)
        return fail(err, AGENTOS_INVALID,
                    "The database is in use by another process: '%.256s'; a file can be served by "
                    "one process at a time",
                    path);
    return fail(err, AGENTOS_INVALID,
                "The database is in use by the process %.*s: '%.256s'; a file can be served by one "
                "process at a time",
                (int)count, digits, path);
}

/* Locks the file without waiting. Fails with INVALID if another process holds the lock. */
static agentos_status lock_file(int fd, const char *path, agentos_error *err)
{
    ensure(fd >= 0);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return AGENTOS_OK;
    if (errno == EWOULDBLOCK)
        return fail_in_use(fd, path, err);
    return fail(err, AGENTOS_UNAVAILABLE, "The database cannot be locked: '%.256s.lock': %s", path,
                strerror(errno));
}

/* Writes the name of the lock file. Follows symbolic links. */
static void write_lock_name(const char *path, char name[LOCK_NAME_SIZE])
{
    char real[PATH_MAX];

    ensure(strlen(path) < PATH_MAX);
    (void)snprintf(name, LOCK_NAME_SIZE, "%s.lock", realpath(path, real) != NULL ? real : path);
}

/* Parses a line of /proc/locks, such as "3: FLOCK ADVISORY WRITE 812 fe:00:4711 0 EOF". Returns
 * whether it locks this file. Ignores the device, which some file systems report differently. */
static bool read_lock_line(const char *line, ino_t inode, long *process_id)
{
    unsigned long locked_inode;
    long holder;

    if (sscanf(line, "%*d: FLOCK %*s WRITE %ld %*x:%*x:%lu", &holder, &locked_inode) != 2)
        return false;
    if (locked_inode != inode || holder <= 0)
        return false;
    *process_id = holder;
    return true;
}

agentos_status lock_find_holder(const char *path, long *process_id, agentos_error *err)
{
    char name[LOCK_NAME_SIZE], line[256];
    struct stat file;
    bool is_found = false;

    ensure(path != NULL && process_id != NULL);
    write_lock_name(path, name);
    FILE *locks = stat(name, &file) == 0 ? fopen("/proc/locks", "re") : NULL;
    while (locks != NULL && !is_found && fgets(line, sizeof(line), locks) != NULL)
        is_found = read_lock_line(line, file.st_ino, process_id);
    if (locks != NULL)
        (void)fclose(locks); /* opened for reading */
    if (!is_found)
        return fail(err, AGENTOS_NOT_FOUND, "no process on this machine serves '%.256s'", path);
    return AGENTOS_OK;
}

/* Fails with UNAVAILABLE because the lock file could not be opened. */
static agentos_status fail_open(const char *name, int why, agentos_error *err)
{
    bool is_read_only = why == EROFS || why == EACCES || why == EPERM;

    if (is_read_only)
        return fail(err, AGENTOS_UNAVAILABLE, "The database is read-only: '%.256s': %s", name,
                    strerror(why));
    return fail(err, AGENTOS_UNAVAILABLE, "The database cannot be locked: '%.256s': %s", name,
                strerror(why));
}

/* Writes the process id into the lock file. Failure is ignored. */
static void write_process_id(int lock)
{
    if (ftruncate(lock, 0) == 0)
        (void)dprintf(lock, "%ld\n", (long)getpid());
}

/* Locks PATH.lock until lock_release, and writes the process id into it. */
agentos_status lock_take(const char *path, int *fd, agentos_error *err)
{
    char name[LOCK_NAME_SIZE];

    ensure(fd != NULL);
    write_lock_name(path, name);
    int lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0)
        return fail_open(name, errno, err);
    agentos_status status = lock_file(lock, path, err);
    if (status != AGENTOS_OK) {
        (void)close(lock);
        return status;
    }
    write_process_id(lock);
    *fd = lock;
    return AGENTOS_OK;
}

void lock_release(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

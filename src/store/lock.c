/* An advisory lock of flock(2) on a file beside the database. The kernel gives it back when the
 * process ends, so that nothing is left behind by kill -9. */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/ensure.h"

/* Says who has the lock. The process id is a help for people: nothing is decided by it. */
static agentos_status refuse(int fd, const char *path, agentos_error *err)
{
    char owner[16];
    ssize_t length = pread(fd, owner, sizeof(owner) - 1, 0);

    ensure(fd >= 0);
    while (length > 0 && (owner[length - 1] < '0' || owner[length - 1] > '9'))
        length--;
    if (length <= 0)
        return fail(err, AGENTOS_INVALID,
                    "The database is in use by another process: '%.256s'; a file can be served by "
                    "one process at a time",
                    path);
    return fail(err, AGENTOS_INVALID,
                "The database is in use by the process %.*s: '%.256s'; a file can be served by one "
                "process at a time",
                (int)length, owner, path);
}

static agentos_status lock_file(int fd, const char *path, agentos_error *err)
{
    ensure(fd >= 0);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return AGENTOS_OK;
    if (errno == EWOULDBLOCK)
        return refuse(fd, path, err);
    return fail(err, AGENTOS_UNAVAILABLE, "The database cannot be locked: '%.256s.lock': %s", path,
                strerror(errno));
}

agentos_status lock_take(const char *path, int *fd, agentos_error *err)
{
    char real[PATH_MAX], name[PATH_MAX + 8];

    ensure(path != NULL && fd != NULL);
    (void)snprintf(name, sizeof(name), "%s.lock", realpath(path, real) != NULL ? real : path);
    int lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0 && (errno == EROFS || errno == EACCES || errno == EPERM))
        return fail(err, AGENTOS_UNAVAILABLE, "The database is read-only: '%.256s': %s", name,
                    strerror(errno));
    if (lock < 0)
        return fail(err, AGENTOS_UNAVAILABLE, "The database cannot be locked: '%.256s': %s", name,
                    strerror(errno));
    agentos_status status = lock_file(lock, path, err);
    if (status != AGENTOS_OK) {
        (void)close(lock); /* nothing was written */
        return status;
    }
    if (ftruncate(lock, 0) == 0) /* without its process id the lock holds as well */
        (void)dprintf(lock, "%ld\n", (long)getpid());
    *fd = lock;
    return AGENTOS_OK;
}

void lock_release(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

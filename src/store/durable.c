/* Renames a file to its final name once its content is on the disk. */
#include "store/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/ensure.h"

/* Flushes a file or a folder to the disk. Returns false and sets errno if that fails. */
static bool sync_file(const char *path, int flags)
{
    ensure(path != NULL);
    int fd = open(path, flags | O_CLOEXEC);
    bool is_synced = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        (void)close(fd); /* fsync has already reported any error */
    return is_synced;
}

/* Flushes the folder that contains the file, so that the name of the file is on the disk. */
static bool sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return sync_file(".", O_RDONLY | O_DIRECTORY);
    ensure(slash - path < PATH_MAX - 1);
    (void)snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path + 1), path);
    return sync_file(folder, O_RDONLY | O_DIRECTORY);
}

agentos_status durable_publish(const char *part, const char *path, agentos_error *err)
{
    ensure(part != NULL && path != NULL);
    if (sync_file(part, O_RDONLY) && rename(part, path) == 0 && sync_folder(path))
        return AGENTOS_OK;
    return fail(err, AGENTOS_UNAVAILABLE, "%s", strerror(errno));
}

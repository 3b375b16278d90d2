/* Reads whole files into buffers. */
#include "config/file.h"

#include "base/ensure.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

/* Returns NOT_FOUND for ENOENT, FORBIDDEN for EACCES, otherwise INVALID. */
static agentos_status fail_errno(agentos_error *err)
{
    agentos_status status = AGENTOS_INVALID;

    if (errno == ENOENT)
        status = AGENTOS_NOT_FOUND;
    else if (errno == EACCES)
        status = AGENTOS_FORBIDDEN;
    return fail(err, status, "%s", strerror(errno));
}

static bool is_special(const struct stat *found)
{
    return !S_ISREG(found->st_mode) && !S_ISDIR(found->st_mode); /* reading a folder is EISDIR */
}

/* Opens a regular file without blocking. Returns its descriptor, or -1 with *err set. */
static int open_regular(const char *path, agentos_error *err)
{
    struct stat found;
    int fd = -1;

    /* Asked before, since opening a device can act on it or fail; and after, of what was opened. */
    if (stat(path, &found) != 0 || !is_special(&found)) {
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0) {
            (void)fail_errno(err);
            return -1;
        }
        if (fstat(fd, &found) == 0 && !is_special(&found))
            return fd;
        (void)close(fd);
    }
    (void)fail(err, AGENTOS_INVALID, "not a regular file");
    return -1;
}

/* Appends the file to out, up to its limit. On failure, out may hold a part of it. */
agentos_status file_read(const char *path, buf *out, agentos_error *err)
{
    ensure(path != NULL && out->limit > 0);
    agentos_status status = AGENTOS_OK;
    char chunk[4096];
    ssize_t got;
    agentos_error why;

    int fd = open_regular(path, &why);
    if (fd < 0)
        return fail(err, why.status, "%s", why.message);
    while ((got = read(fd, chunk, sizeof(chunk))) > 0 && buf_ok(out))
        buf_append(out, (str){ chunk, (size_t)got });
    if (got < 0)
        status = fail_errno(err);
    OPENSSL_cleanse(chunk, sizeof(chunk)); /* the file may be a key */
    (void)close(fd);                       /* opened for reading */
    if (status == AGENTOS_OK && !buf_ok(out))
        return fail(err, AGENTOS_INVALID, "larger than %zu KiB", out->limit / 1024);
    return status;
}

const char *file_advice(const agentos_error *err)
{
    return err->status == AGENTOS_FORBIDDEN
               ? "let the user that runs the server read it (chown or chmod)"
               : "create it or correct the path";
}

bool file_exists(str path)
{
    char text[PATH_MAX];

    if (path.len == 0 || path.len >= sizeof(text) || str_has(path, '\0'))
        return false;
    memcpy(text, path.ptr, path.len);
    text[path.len] = '\0';
    return access(text, F_OK) == 0;
}

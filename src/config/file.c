/* Reads a whole small file into a buffer. The buffer's limit bounds the size, and the size that
 * stat reports is not used. */
#include "config/file.h"

#include "base/ensure.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <unistd.h>

/* Returns NOT_FOUND if errno says that the file does not exist, and INVALID for every other errno.
 */
static agentos_status fail_errno(agentos_error *err)
{
    return fail(err, errno == ENOENT ? AGENTOS_NOT_FOUND : AGENTOS_INVALID, "%s", strerror(errno));
}

/* Appends the content of the file to out. Returns INVALID if the file does not fit within the limit
 * of out. On failure out may hold a part of the content. */
agentos_status file_read(const char *path, buf *out, agentos_error *err)
{
    ensure(path != NULL && out->limit > 0);
    agentos_status status = AGENTOS_OK;
    char chunk[4096];
    ssize_t got;

    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(err);
    while ((got = read(fd, chunk, sizeof(chunk))) > 0 && buf_ok(out))
        buf_append(out, (str){ chunk, (size_t)got });
    if (got < 0)
        status = fail_errno(err);
    OPENSSL_cleanse(chunk, sizeof(chunk)); /* the file may be a key */
    (void)close(fd);                       /* nothing was written, so closing cannot lose data */
    if (status == AGENTOS_OK && !buf_ok(out))
        return fail(err, AGENTOS_INVALID, "larger than %zu KiB", out->limit / 1024);
    return status;
}

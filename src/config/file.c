/* Reads a whole small file into a buffer. The buffer's limit bounds the size, and the size that
 * stat reports is not used. */
#include "config/file.h"

#include "base/ensure.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <unistd.h>

static agentos_status fail_errno(agentos_error *err)
{
    return fail(err, errno == ENOENT ? AGENTOS_NOT_FOUND : AGENTOS_INVALID, "%s", strerror(errno));
}

agentos_status file_read(const char *path, buf *out, agentos_error *err)
{
    ensure(path != NULL && out->limit > 0);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char chunk[4096];
    ssize_t got;

    if (fd < 0)
        return fail_errno(err);
    while ((got = read(fd, chunk, sizeof(chunk))) > 0 && buf_ok(out))
        buf_append(out, (str){ chunk, (size_t)got });
    agentos_status status = got < 0 ? fail_errno(err) : AGENTOS_OK;
    OPENSSL_cleanse(chunk, sizeof(chunk));
    (void)close(fd); /* it was only read */
    if (status == AGENTOS_OK && !buf_ok(out))
        return fail(err, AGENTOS_INVALID, "larger than %zu KiB", out->limit / 1024);
    return status;
}

/* getrandom(2), drawn through a small per-thread pool: an id should not cost a system call. */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

#include "base/banned.h"

static void fill(unsigned char *out, size_t len)
{
    while (len > 0) {
        ssize_t got = getrandom(out, len, 0);

        if (got < 0 && errno == EINTR) /* a signal before the first byte of a long draw */
            continue;
        if (got <= 0)
            abort();
        out += got;
        len -= (size_t)got;
    }
}

void random_bytes(void *out, size_t len)
{
    static _Thread_local unsigned char pool[512];
    static _Thread_local size_t left;

    if (len > sizeof(pool)) {
        fill(out, len);
        return;
    }
    if (left < len) {
        fill(pool, sizeof(pool));
        left = sizeof(pool);
    }
    left -= len;
    memcpy(out, pool + left, len);
    memset(pool + left, 0, len); /* handed out once, kept nowhere */
}

const char *random_uuid(char out[UUID_SIZE])
{
    unsigned char b[16];

    random_bytes(b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    (void)snprintf(out, UUID_SIZE,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                   b[14], b[15]);
    return out;
}

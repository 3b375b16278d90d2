/* Random bytes and UUIDs, from a small pool per thread. */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

#include "base/banned.h"
#include "base/clock.h"
#include "base/ensure.h"

/* Fills out from the kernel. Aborts on failure. */
static void read_kernel(unsigned char *out, size_t len)
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

/* Fills out from the thread's pool, or from the kernel if it is larger. No byte is returned
 * twice. */
void random_bytes(void *out, size_t len)
{
    static _Thread_local unsigned char pool[512];
    static _Thread_local size_t left; /* the first bytes of the pool, which are still unused */

    if (len > sizeof(pool)) {
        read_kernel(out, len);
        return;
    }
    if (left < len) {
        read_kernel(pool, sizeof(pool));
        left = sizeof(pool);
    }
    ensure(len <= left);
    left -= len;
    memcpy(out, pool + left, len);
    memset(pool + left, 0, len); /* the returned bytes must not stay in memory */
}

/* Formats the 16 bytes as a UUID, and returns out. */
static const char *write_uuid(const unsigned char b[16], char out[UUID_SIZE])
{
    (void)snprintf(out, UUID_SIZE,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                   b[14], b[15]);
    return out;
}

const char *random_uuid(char out[UUID_SIZE])
{
    unsigned char b[16];

    random_bytes(b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40); /* version 4 */
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80); /* variant 10 */
    return write_uuid(b, out);
}

/* ---- ordered UUIDs ---- */

/* A UUID of version 7 has 74 bits after the time, in two fields. Steps of 56 bits leave room for
 * about 2^18 UUIDs in the same millisecond. */
enum { LOW_BITS = 62, HIGH_BITS = 12, STEP_BITS = 56 };
#define BITS(n) ((UINT64_C(1) << (n)) - 1) /* the largest number of n bits */

/* The fields of the UUID that this thread made last. */
struct ordered {
    uint64_t time_ms, high, low;
};

static uint64_t random_number(unsigned bits)
{
    uint64_t number;

    random_bytes(&number, sizeof(number));
    return number & BITS(bits);
}

/* Advances to the next UUID of the same millisecond by a random step. Overflow carries upwards. */
static void add_step(struct ordered *last)
{
    ensure(last->low <= BITS(LOW_BITS) && last->high <= BITS(HIGH_BITS));
    last->low += 1 + random_number(STEP_BITS);
    if (last->low <= BITS(LOW_BITS))
        return;
    last->low &= BITS(LOW_BITS);
    if (++last->high <= BITS(HIGH_BITS))
        return;
    last->high = 0;
    last->time_ms++;
}

/* Writes the lowest `count` bytes of the number in big-endian order. */
static void write_big_endian(unsigned char *out, uint64_t number, size_t count)
{
    ensure(count <= sizeof(number));
    for (size_t i = 0; i < count; i++)
        out[i] = (unsigned char)(number >> (8 * (count - 1 - i)));
}

/* Writes a UUID of version 7, greater than all earlier ones of this thread, and returns out. */
const char *ordered_uuid(char out[UUID_SIZE])
{
    static _Thread_local struct ordered last;
    uint64_t now_ms = (uint64_t)clock_now_us() / 1000;
    unsigned char b[16];

    if (now_ms > last.time_ms)
        last = (struct ordered){ now_ms, random_number(HIGH_BITS), random_number(LOW_BITS) };
    else
        add_step(&last);
    ensure(last.high <= BITS(HIGH_BITS) && last.low <= BITS(LOW_BITS));
    write_big_endian(b, last.time_ms, 6);                             /* 48 bits */
    write_big_endian(b + 6, UINT64_C(0x7000) | last.high, 2);         /* version 7 */
    write_big_endian(b + 8, (UINT64_C(2) << LOW_BITS) | last.low, 8); /* variant 10 */
    return write_uuid(b, out);
}

/* Reads the system's clocks and formats times. */
#include "base/clock.h"

#include "base/ensure.h"
#include "base/mem.h"

enum { US_PER_S = 1000 * 1000 };

/* Returns the time of the clock in nanoseconds. */
static int64_t read_ns(clockid_t id)
{
    struct timespec t;

    if (clock_gettime(id, &t) != 0)
        abort();
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_now_s(void)
{
    return read_ns(CLOCK_REALTIME) / 1000000000;
}

int64_t clock_now_us(void)
{
    return read_ns(CLOCK_REALTIME) / 1000;
}

uint64_t clock_monotonic_ns(void)
{
    return (uint64_t)read_ns(CLOCK_MONOTONIC);
}

/* Converts a time to UTC, clamped to the years 1000 to 9999, which have four digits. */
static struct tm split_time(int64_t epoch_s)
{
    static const int64_t first_s = -30610224000, last_s = 253402300799;
    struct tm parts = { 0 };

    if (epoch_s < first_s)
        epoch_s = first_s;
    if (epoch_s > last_s)
        epoch_s = last_s;
    time_t t = (time_t)epoch_s;
    (void)gmtime_r(&t, &parts);
    return parts;
}

const char *clock_iso8601(int64_t epoch_s, char out[CLOCK_TEXT_SIZE])
{
    struct tm parts = split_time(epoch_s);

    (void)strftime(out, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts); /* four digits: it fits */
    return out;
}

/* Writes the time as "2026-11-21T19:16:08.607744Z", and returns out. */
const char *clock_iso8601_us(int64_t epoch_us, char out[CLOCK_TEXT_SIZE])
{
    int64_t epoch_s = epoch_us / US_PER_S;
    int fraction_us = (int)(epoch_us % US_PER_S);

    if (fraction_us < 0) { /* before 1970, since C rounds quotients towards zero */
        epoch_s--;
        fraction_us += US_PER_S;
    }
    struct tm parts = split_time(epoch_s);
    size_t len = strftime(out, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
    ensure(len == strlen("2026-11-21T19:16:08"));
    (void)snprintf(out + len, CLOCK_TEXT_SIZE - len, ".%06dZ", fraction_us);
    return out;
}

/* Writes the time as "Sat, 21 Nov 2026 19:16:08 GMT", and returns out. */
const char *clock_http_date(int64_t epoch_s, char out[CLOCK_TEXT_SIZE])
{
    /* Not strftime's %a and %b: those follow the locale. */
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct tm p = split_time(epoch_s);

    ensure(p.tm_wday >= 0 && (size_t)p.tm_wday < COUNT(days));
    ensure(p.tm_mon >= 0 && (size_t)p.tm_mon < COUNT(months));
    (void)snprintf(out, CLOCK_TEXT_SIZE, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[p.tm_wday],
                   p.tm_mday, months[p.tm_mon], p.tm_year + 1900, p.tm_hour, p.tm_min, p.tm_sec);
    return out;
}

/* Reads the system's clocks and formats times in three forms: ISO 8601 with seconds, ISO 8601 with
 * microseconds, and HTTP dates. */
#include "base/clock.h"

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

/* A time as a date in UTC, moved into the years that have four digits. */
static struct tm broken_down(int64_t epoch_s)
{
    /* The years 1000 to 9999, for which gmtime_r never fails. */
    static const int64_t first_s = -30610224000, last_s = 253402300799;
    struct tm parts = { 0 };
    time_t t = (time_t)(epoch_s < first_s ? first_s : epoch_s > last_s ? last_s : epoch_s);

    (void)gmtime_r(&t, &parts);
    return parts;
}

const char *clock_iso8601(int64_t epoch_s, char out[CLOCK_TEXT_SIZE])
{
    struct tm parts = broken_down(epoch_s);

    (void)strftime(out, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts); /* four digits: it fits */
    return out;
}

const char *clock_iso8601_us(int64_t epoch_us, char out[CLOCK_TEXT_SIZE])
{
    int rest_us = (int)(epoch_us % 1000000);
    int before_1970 = rest_us < 0; /* a remainder has the sign of its dividend */
    struct tm parts = broken_down(epoch_us / 1000000 - before_1970);
    size_t len = strftime(out, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);

    (void)snprintf(out + len, CLOCK_TEXT_SIZE - len, ".%06dZ", rest_us + before_1970 * 1000000);
    return out;
}

const char *clock_http_date(int64_t epoch_s, char out[CLOCK_TEXT_SIZE])
{
    /* Not strftime's %a and %b: those follow the locale. */
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct tm p = broken_down(epoch_s);

    (void)snprintf(out, CLOCK_TEXT_SIZE, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[p.tm_wday],
                   p.tm_mday, months[p.tm_mon], p.tm_year + 1900, p.tm_hour, p.tm_min, p.tm_sec);
    return out;
}

/* Computes retry pauses and parses Retry-After. */
#include "model/retry.h"

#include "base/banned.h"
#include "base/ensure.h"
#include "base/mem.h"

enum { DOUBLINGS_MAX = 10, SECONDS_MAX = 1000000, YEAR_BASE = 1900 };

/* Doubles the pause with each retry and takes off a random part of up to a half. */
uint64_t retry_pause_ms(uint64_t base_ms, int64_t attempt, uint32_t random)
{
    ensure(attempt >= 1);
    int64_t doublings = attempt - 1 < DOUBLINGS_MAX ? attempt - 1 : DOUBLINGS_MAX;
    uint64_t whole_ms = base_ms << doublings;
    uint64_t half_ms = whole_ms / 2;

    return whole_ms - (half_ms * random >> 32); /* random / 2^32 is below 1 */
}

/* Returns true if the text has the length and separators of an HTTP date. */
static bool has_date_form(str value)
{
    static const char form[] = "???, ?? ??? ???? ??:??:?? GMT";

    if (value.len != sizeof(form) - 1)
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (form[i] != '?' && form[i] != value.ptr[i])
            return false;
    return true;
}

/* Returns the number at this position, or -1. */
static int number_at(str date, size_t at, size_t len)
{
    int64_t number;

    ensure(at + len <= date.len);
    if (!str_to_int((str){ date.ptr + at, len }, &number) || number < 0)
        return -1;
    return (int)number; /* at most four digits */
}

/* Returns the month at this position, 0 for "Jan", or -1. */
static int month_at(str date, size_t at)
{
    static const char *const months[] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    };
    enum { MONTH_LEN = 3 };
    str name = { date.ptr + at, MONTH_LEN };

    ensure(at + MONTH_LEN <= date.len);
    for (size_t i = 0; i < COUNT(months); i++)
        if (str_equal(name, str_of(months[i])))
            return (int)i;
    return -1;
}

/* Parses "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7) to seconds since 1970, or returns -1. */
static int64_t parse_date(str value)
{
    if (!has_date_form(value))
        return -1;

    int day = number_at(value, 5, 2);
    int month = month_at(value, 8);
    int year = number_at(value, 12, 4);
    int hour = number_at(value, 17, 2);
    int minute = number_at(value, 20, 2);
    int second = number_at(value, 23, 2);

    if (day < 0 || month < 0 || year < 0 || hour < 0 || minute < 0 || second < 0)
        return -1;
    struct tm parts = {
        .tm_mday = day,
        .tm_mon = month,
        .tm_year = year - YEAR_BASE,
        .tm_hour = hour,
        .tm_min = minute,
        .tm_sec = second,
    };
    return (int64_t)timegm(&parts);
}

/* Parses Retry-After, seconds or a date (RFC 9110 §10.2.3). A past date gives 0. */
bool retry_after_parse(str value, int64_t now_s, int64_t *out_ms)
{
    int64_t seconds;

    ensure(now_s >= 0);
    value = str_trim(value);
    if (!str_to_int(value, &seconds)) {
        int64_t date = parse_date(value);

        if (date < 0)
            return false;
        seconds = date > now_s ? date - now_s : 0;
    }
    if (seconds < 0)
        return false;
    *out_ms = (seconds < SECONDS_MAX ? seconds : SECONDS_MAX) * 1000;
    return true;
}

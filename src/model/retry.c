/* Computes the pause before a retry and parses the Retry-After header. The current time and a
 * random number are parameters. */
#include "model/retry.h"

#include "base/banned.h"
#include "base/ensure.h"
#include "base/mem.h"

enum { DOUBLINGS_MAX = 10, SECONDS_MAX = 1000000, MONTH_AT = 8, MONTH_LEN = 3 };

/* Returns the pause before this retry. It doubles with each retry, and a random part of up to a
 * half is taken off. */
uint64_t retry_pause_ms(uint64_t base_ms, int64_t attempt, uint32_t random)
{
    ensure(attempt >= 1);
    int64_t doublings = attempt - 1 < DOUBLINGS_MAX ? attempt - 1 : DOUBLINGS_MAX;
    uint64_t whole_ms = base_ms << doublings;
    uint64_t half_ms = whole_ms / 2;

    return whole_ms - (half_ms * random >> 32); /* random / 2^32 is from 0 to 1 */
}

/* Has the text the length of a date, and its separators in their places? */
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

/* Parses "Sun, 06 Nov 1994 08:49:37 GMT", the only form that may be sent (RFC 9110 §5.6.7). Its
 * fields have fixed positions. Returns seconds since 1970, or -1 if it is not such a date. */
static int64_t parse_date(str value)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm parts = { 0 };
    const struct {
        size_t at, len; /* within the date; has_date_form has checked its length */
        int *out;
    } numbers[] = {
        { 5, 2, &parts.tm_mday }, { 12, 4, &parts.tm_year }, { 17, 2, &parts.tm_hour },
        { 20, 2, &parts.tm_min }, { 23, 2, &parts.tm_sec },
    };

    if (!has_date_form(value))
        return -1;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        int64_t number;

        if (!str_to_int((str){ value.ptr + numbers[i].at, numbers[i].len }, &number) || number < 0)
            return -1;
        *numbers[i].out = (int)number;
    }
    const char *month = memmem(months, sizeof(months) - 1, value.ptr + MONTH_AT, MONTH_LEN);
    if (month == NULL || (month - months) % MONTH_LEN != 0) /* such as "anF", across two names */
        return -1;
    parts.tm_mon = (int)(month - months) / MONTH_LEN;
    parts.tm_year -= 1900; /* struct tm counts from there */
    return (int64_t)timegm(&parts);
}

/* Parses Retry-After, which is a number of seconds or a date (RFC 9110 §10.2.3). Returns false if
 * it is neither. A date in the past gives 0. */
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

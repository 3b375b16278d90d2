/* The back-off between tries, and the header Retry-After. */
#include "model/retry.h"

#include "base/banned.h"
#include "base/ensure.h"
#include "base/mem.h"

enum { DOUBLINGS_MAX = 10, SECONDS_MAX = 1000000 };

uint64_t retry_pause_ms(uint64_t base_ms, int64_t attempt, uint32_t random)
{
    ensure(attempt >= 1);
    int64_t doublings = attempt - 1 < DOUBLINGS_MAX ? attempt - 1 : DOUBLINGS_MAX;
    uint64_t whole = base_ms << doublings;

    return whole - (whole / 2 * random >> 32);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", the one form that may be sent (RFC 9110 §5.6.7), whose fields
 * stand at fixed places; -1: it is not one. */
static int64_t parse_date(str value)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    static const char form[] = "???, ?? ??? ???? ??:??:?? GMT";
    struct tm parts = { 0 };
    const struct {
        size_t at, len;
        int *out;
    } numbers[] = {
        { 5, 2, &parts.tm_mday }, { 12, 4, &parts.tm_year }, { 17, 2, &parts.tm_hour },
        { 20, 2, &parts.tm_min }, { 23, 2, &parts.tm_sec },
    };

    if (value.len != sizeof(form) - 1)
        return -1;
    for (size_t i = 0; i < value.len; i++)
        if (form[i] != '?' && form[i] != value.ptr[i])
            return -1;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        int64_t number;

        if (!str_to_int((str){ value.ptr + numbers[i].at, numbers[i].len }, &number) || number < 0)
            return -1;
        *numbers[i].out = (int)number;
    }
    const char *month = memmem(months, sizeof(months) - 1, value.ptr + 8, 3);
    if (month == NULL || (month - months) % 3 != 0)
        return -1;
    parts.tm_mon = (int)(month - months) / 3;
    parts.tm_year -= 1900;
    return (int64_t)timegm(&parts);
}

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

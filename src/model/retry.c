/* Pure arithmetic; the clock and the random number come from the caller. */
#include "model/retry.h"

#include "base/banned.h"

enum { DOUBLINGS_MAX = 10, SECONDS_MAX = 1000000 };

uint64_t retry_pause_ms(uint64_t base_ms, int64_t attempt, uint32_t random)
{
    int64_t doublings = attempt - 1 < DOUBLINGS_MAX ? attempt - 1 : DOUBLINGS_MAX;
    uint64_t whole = base_ms << doublings;

    return whole - (whole / 2 * random >> 32);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", the one form that may be sent (RFC 9110 §5.6.7); -1: not one. */
static int64_t parse_date(str value)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[32], month[4];
    struct tm parts = { 0 };

    if (value.len != 29)
        return -1;
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
    if (sscanf(text, "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &parts.tm_mday, month, &parts.tm_year,
               &parts.tm_hour, &parts.tm_min, &parts.tm_sec) != 6)
        return -1;

    const char *found = strlen(month) == 3 ? strstr(months, month) : NULL;
    if (found == NULL || (found - months) % 3 != 0)
        return -1;
    parts.tm_mon = (int)(found - months) / 3;
    parts.tm_year -= 1900;
    return (int64_t)timegm(&parts);
}

bool retry_after_parse(str value, int64_t now_s, int64_t *out_ms)
{
    int64_t seconds;

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

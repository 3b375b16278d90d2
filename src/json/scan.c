/* Scans single JSON tokens: literals, strings without escapes, and short integers. */
#include "json/scan.h"

#include "base/banned.h"
#include "base/ensure.h"

enum { DIGITS_MAX = 18 }; /* so many always fit 64 bits */

/* Returns whether c is an ASCII character that needs no escape in a string. */
static bool is_ordinary(unsigned char c)
{
    return c >= ' ' && c != '"' && c != '\\' && c < 0x80;
}

bool scan_literal(struct scan *s, str literal)
{
    if (!str_starts((str){ s->at, (size_t)(s->end - s->at) }, literal))
        return false;
    s->at += literal.len;
    return true;
}

/* Skips a string without escapes, and sets *out to its content. Returns false if there is none. */
bool scan_text(struct scan *s, str *out)
{
    ensure(s->at <= s->end);
    if (!scan_take(s, '"'))
        return false;
    const char *start = s->at;
    for (const char *at = start; at < s->end; at++) {
        unsigned char c = (unsigned char)*at;

        if (is_ordinary(c))
            continue;
        if (c == '"') {
            *out = (str){ start, (size_t)(at - start) };
            s->at = at + 1;
            return true;
        }
        if (c < 0x80) /* an escape or a control character */
            return false;
        s->has_high_bytes = true;
    }
    return false;
}

/* Skips an integer. Reads at most DIGITS_MAX digits; the caller notices any that follow. */
bool scan_integer(struct scan *s, int64_t *out)
{
    bool is_negative = s->at < s->end && *s->at == '-';
    int64_t value = 0;

    if (is_negative)
        s->at++;
    const char *start = s->at;
    while (s->at < s->end && json_is_digit(*s->at) && s->at - start < DIGITS_MAX) {
        value = value * 10 + (*s->at - '0');
        s->at++;
    }
    ptrdiff_t digits = s->at - start;
    *out = is_negative ? -value : value;
    return digits == 1 || (digits > 1 && *start != '0');
}

bool scan_end(struct scan *s, str text)
{
    scan_blanks(s);
    return s->at == s->end && (!s->has_high_bytes || str_is_utf8(text));
}

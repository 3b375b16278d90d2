/* Borrowed strings: cutting, comparing, reading numbers. Nothing here allocates. */
#include "base/str.h"

#include "base/banned.h"

str str_split(str *rest, char separator)
{
    const char *end = rest->len > 0 ? memchr(rest->ptr, separator, rest->len) : NULL;
    str head = *rest;

    if (end == NULL) {
        rest->ptr = rest->len > 0 ? rest->ptr + rest->len : rest->ptr; /* it may be NULL */
        rest->len = 0;
        return head;
    }
    head.len = (size_t)(end - rest->ptr);
    rest->ptr = end + 1;
    rest->len -= head.len + 1;
    return head;
}

str str_cut(str text, size_t n)
{
    if (text.len <= n)
        return text;
    for (size_t back = 0; back < 4 && back <= n; back++)
        if (((unsigned char)text.ptr[n - back] & 0xC0) != 0x80)
            return (str){ text.ptr, n - back };
    return (str){ text.ptr, n }; /* not UTF-8: there is nothing to spare */
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

str str_trim(str text)
{
    while (text.len > 0 && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

bool str_equal_nocase(str a, str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (char_lower(a.ptr[i]) != char_lower(b.ptr[i]))
            return false;
    return true;
}

bool str_contains(str text, str part)
{
    for (size_t at = 0; at + part.len <= text.len; at++)
        if (str_equal((str){ text.ptr + at, part.len }, part))
            return true;
    return false;
}

bool str_is_among(str text, const str *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(text, all[i]))
            return true;
    return false;
}

bool str_to_int(str text, int64_t *out)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    str digits = str_from(text, negative ? 1 : 0);
    int64_t value = 0;

    if (digits.len == 0)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        int digit = digits.ptr[i] - '0';

        if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    /* Counted downwards, so that INT64_MIN can be read. */
    if (!negative && value == INT64_MIN)
        return false;
    *out = negative ? value : -value;
    return true;
}

/* How many bytes follow this lead byte, and the least code point they may encode; -1: none. */
static int continuation_bytes(unsigned char lead, uint32_t *code, uint32_t *least)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {
        { 0x80, 0x00, 0 }, { 0xE0, 0xC0, 0x80 }, { 0xF0, 0xE0, 0x800 }, { 0xF8, 0xF0, 0x10000 }
    };

    for (int more = 0; more < 4; more++)
        if ((lead & forms[more].mask) == forms[more].lead) {
            *code = lead & (unsigned char)~forms[more].mask;
            *least = forms[more].least;
            return more;
        }
    return -1;
}

bool str_is_visible(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    return true;
}

bool str_is_utf8(str text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t code = 0, least = 0;
        int more = continuation_bytes((unsigned char)text.ptr[at++], &code, &least);

        if (more < 0 || (size_t)more > text.len - at)
            return false;
        for (; more > 0; more--, at++) {
            if (((unsigned char)text.ptr[at] & 0xC0) != 0x80)
                return false;
            code = code << 6 | ((unsigned char)text.ptr[at] & 0x3F);
        }
        if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
            return false;
    }
    return true;
}

bool str_is_token(str text)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_alphanumeric =
            (c >= '0' && c <= '9') || (char_lower(c) >= 'a' && char_lower(c) <= 'z');

        if (!is_alphanumeric && (c == '\0' || strchr(others, c) == NULL))
            return false;
    }
    return text.len > 0;
}

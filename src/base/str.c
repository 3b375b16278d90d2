/* Implements functions that split, compare and classify borrowed strings and parse numbers in them.
 * No function here allocates. */
#include "base/str.h"

#include "base/banned.h"
#include "base/ensure.h"
#include "base/mem.h"

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
    return (str){ text.ptr, n }; /* it is not UTF-8: there is no character to keep whole */
}

str str_trim(str text)
{
    while (text.len > 0 && char_is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && char_is_blank(text.ptr[text.len - 1]))
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

/* Appends a decimal digit to a number that is not positive. false: not a digit, or too long. */
static bool append_digit(int64_t *value, char c)
{
    return c >= '0' && c <= '9' && !__builtin_mul_overflow(*value, 10, value) &&
           !__builtin_sub_overflow(*value, c - '0', value);
}

bool str_to_int(str text, int64_t *out)
{
    bool is_negative = text.len > 0 && text.ptr[0] == '-';
    str digits = str_from(text, is_negative ? 1 : 0);
    int64_t value = 0; /* counted downwards, so that INT64_MIN can be read */

    if (digits.len == 0)
        return false;
    for (size_t i = 0; i < digits.len; i++)
        if (!append_digit(&value, digits.ptr[i]))
            return false;
    if (!is_negative && value == INT64_MIN)
        return false; /* its negation would not fit */
    *out = is_negative ? value : -value;
    return true;
}

/* How many bytes follow the first byte of a UTF-8 character (0 to 3); -1: no character begins with
 * it. *code: the bits that it contributes to the code point. *least: the smallest code point that
 * needs this many bytes. */
static int continuation_bytes(unsigned char lead, uint32_t *code, uint32_t *least)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {
        { 0x80, 0x00, 0 }, { 0xE0, 0xC0, 0x80 }, { 0xF0, 0xE0, 0x800 }, { 0xF8, 0xF0, 0x10000 }
    };

    for (int count = 0; count < (int)COUNT(forms); count++)
        if ((lead & forms[count].mask) == forms[count].lead) {
            *code = lead & (unsigned char)~forms[count].mask;
            *least = forms[count].least;
            return count;
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
    static const str others = STR_INIT("!#$%&'*+-.^_`|~");

    for (size_t i = 0; i < text.len; i++)
        if (!char_is_alphanumeric(text.ptr[i]) && !str_has(others, text.ptr[i]))
            return false;
    return text.len > 0;
}

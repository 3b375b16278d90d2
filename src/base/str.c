/* Splits, compares, classifies and parses borrowed strings, without allocating. */
#include "base/str.h"

#include "base/banned.h"
#include "base/ensure.h"
#include "base/mem.h"

/* Returns the text before the separator and moves *rest past it. Without one, returns all and
 * empties *rest. */
str str_split(str *rest, char separator)
{
    const char *end = rest->len > 0 ? memchr(rest->ptr, separator, rest->len) : NULL;
    str head = *rest;

    if (end == NULL) {
        if (rest->len > 0) /* the pointer of an empty text may be NULL */
            rest->ptr += rest->len;
        rest->len = 0;
        return head;
    }
    head.len = (size_t)(end - rest->ptr);
    rest->ptr = end + 1;
    rest->len -= head.len + 1;
    return head;
}

/* Returns the first n bytes, or up to three fewer to keep a UTF-8 character whole. */
str str_cut(str text, size_t n)
{
    if (text.len <= n)
        return text;
    for (size_t back = 0; back < 4 && back <= n; back++)
        if (((unsigned char)text.ptr[n - back] & 0xC0) != 0x80)
            return (str){ text.ptr, n - back };
    return (str){ text.ptr, n }; /* it is not UTF-8: there is no character to keep whole */
}

/* Trims characters of this kind from both ends. */
static str trim(str text, bool (*is_of_kind)(char c))
{
    while (text.len > 0 && is_of_kind(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && is_of_kind(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

str str_trim(str text)
{
    return trim(text, char_is_blank);
}

str str_trim_space(str text)
{
    return trim(text, char_is_space);
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
    ensure(all != NULL || count == 0);
    for (size_t i = 0; i < count; i++)
        if (str_equal(text, all[i]))
            return true;
    return false;
}

/* Appends a digit to a non-positive number. Returns false on overflow or a non-digit. */
static bool append_digit(int64_t *value, char c)
{
    return c >= '0' && c <= '9' && !__builtin_mul_overflow(*value, 10, value) &&
           !__builtin_sub_overflow(*value, c - '0', value);
}

/* Parses the whole text as a decimal number. On failure *out is unchanged. */
bool str_to_int(str text, int64_t *out)
{
    bool is_negative = text.len > 0 && text.ptr[0] == '-';
    str digits = str_from(text, is_negative ? 1 : 0);
    int64_t value = 0; /* negative while it is read, since INT64_MIN has no positive counterpart */

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

/* One of the four forms of UTF-8 characters. The first byte determines the form. */
struct utf8_form {
    unsigned char mask, lead;  /* the first byte, masked, is `lead` */
    size_t continuations;      /* how many bytes follow it */
    uint32_t least_code_point; /* which needs this many bytes; a smaller one is overlong */
};

/* Returns the form of a character that begins with this byte, or NULL. */
static const struct utf8_form *find_form(unsigned char first)
{
    static const struct utf8_form forms[] = { { 0x80, 0x00, 0, 0 },
                                              { 0xE0, 0xC0, 1, 0x80 },
                                              { 0xF0, 0xE0, 2, 0x800 },
                                              { 0xF8, 0xF0, 3, 0x10000 } };

    for (size_t i = 0; i < COUNT(forms); i++)
        if ((first & forms[i].mask) == forms[i].lead)
            return &forms[i];
    return NULL;
}

bool str_is_visible(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    return true;
}

/* Returns the length of the leading UTF-8 character, or 0 if it is not well-formed. */
static size_t measure_character(str text)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    const struct utf8_form *form = find_form(bytes[0]);

    if (form == NULL || form->continuations >= text.len)
        return 0;
    uint32_t code_point = bytes[0] & (unsigned char)~form->mask;
    for (size_t i = 1; i <= form->continuations; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        code_point = code_point << 6 | (bytes[i] & 0x3F);
    }
    bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (code_point < form->least_code_point || code_point > 0x10FFFF || is_surrogate)
        return 0;
    return form->continuations + 1;
}

/* Returns whether the text is well-formed UTF-8 (RFC 3629). */
bool str_is_utf8(str text)
{
    while (text.len > 0) {
        size_t len = measure_character(text);

        if (len == 0)
            return false;
        text = str_from(text, len);
    }
    return true;
}

/* Returns whether the text is a non-empty HTTP token (RFC 9110 §5.6.2). */
bool str_is_token(str text)
{
    static const str others = STR_INIT("!#$%&'*+-.^_`|~");

    for (size_t i = 0; i < text.len; i++)
        if (!char_is_alphanumeric(text.ptr[i]) && !str_has(others, text.ptr[i]))
            return false;
    return text.len > 0;
}

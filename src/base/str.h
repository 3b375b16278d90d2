/* A borrowed sequence of bytes. It is never freed through this, and has no NUL at its end. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const char *ptr;
    size_t len;
} str;

#define STR(literal) ((str){ "" literal, sizeof(literal) - 1 })

/* For static tables: `static const str names[] = { STR_INIT("a") }`. */
#define STR_INIT(literal)               \
    {                                   \
        "" literal, sizeof(literal) - 1 \
    }

static inline str str_of(const char *text)
{
    return text != NULL ? (str){ text, strlen(text) } : (str){ "", 0 };
}

static inline bool str_equal(str a, str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool str_starts(str text, str prefix)
{
    return text.len >= prefix.len && str_equal((str){ text.ptr, prefix.len }, prefix);
}

static inline bool str_ends(str text, str suffix)
{
    if (suffix.len == 0 || text.len < suffix.len) /* an empty text may have a NULL pointer */
        return suffix.len == 0;
    return str_equal((str){ text.ptr + text.len - suffix.len, suffix.len }, suffix);
}

static inline bool str_has(str text, char c)
{
    return text.len > 0 && memchr(text.ptr, c, text.len) != NULL;
}

/* Returns how many times the character occurs in the text. */
static inline size_t str_count(str text, char c)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == c)
            count++;
    return count;
}

/* Returns what follows the first n bytes, which is empty if the text is not longer. */
static inline str str_from(str text, size_t n)
{
    return n < text.len ? (str){ text.ptr + n, text.len - n } : (str){ "", 0 };
}

/* Returns the first n bytes of the text, or fewer, so that no UTF-8 character is cut in two. */
str str_cut(str text, size_t n);

/* Returns what precedes the first separator, and sets *rest to what follows it. If there is no
 * separator, returns all of *rest, which is empty then. */
str str_split(str *rest, char separator);

/* Returns the text without the blanks (char_is_blank) at both ends. */
str str_trim(str text);

/* Returns the text without the blanks and line ends (char_is_space) at both ends. */
str str_trim_space(str text);

/* The blanks inside a line. */
static inline bool char_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The blanks between the words of JSON (RFC 8259 §2) and of PEM: those inside a line, and line
 * ends. */
static inline bool char_is_space(char c)
{
    return char_is_blank(c) || c == '\n' || c == '\r';
}

static inline bool char_is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Changes only ASCII letters, whatever the locale. */
static inline char char_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Ignores the case of ASCII letters only, as HTTP demands. */
bool str_equal_nocase(str a, str b);
bool str_contains(str text, str part); /* an empty part is in every text */
bool str_is_among(str text, const str *all, size_t count);

/* Reads the whole text as a decimal number, which may begin with '-' but not with '+'. Returns
 * false, and does not change *out, if it is not a number or out of range. */
bool str_to_int(str text, int64_t *out);

/* Returns whether the text is a token of HTTP (RFC 9110 §5.6.2), as the names of headers and
 * cookies are. An empty text is not a token. */
bool str_is_token(str text);

/* Returns whether the text consists only of visible ASCII characters, without blanks. True if it is
 * empty. */
bool str_is_visible(str text);

/* Returns whether the text is well-formed UTF-8 (RFC 3629), without overlong forms and
 * surrogates. */
bool str_is_utf8(str text);

#endif

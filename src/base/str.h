/* A borrowed run of bytes: never freed, not NUL-terminated. */
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

/* For a static table: `static const str names[] = { STR_INIT("a") }`. */
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
    if (suffix.len == 0 || text.len < suffix.len) /* an empty text may have no pointer to add to */
        return suffix.len == 0;
    return str_equal((str){ text.ptr + text.len - suffix.len, suffix.len }, suffix);
}

static inline bool str_has(str text, char c)
{
    return text.len > 0 && memchr(text.ptr, c, text.len) != NULL;
}

/* What follows the first n bytes; empty if text is not longer. */
static inline str str_from(str text, size_t n)
{
    return n < text.len ? (str){ text.ptr + n, text.len - n } : (str){ "", 0 };
}

/* The beginning of text, of at most n bytes; no UTF-8 character is cut in two. */
str str_cut(str text, size_t n);

/* Returns what stands before the first separator, and leaves in *rest what follows it; all of *rest
 * if there is none. */
str str_split(str *rest, char separator);

/* Without the blanks (char_is_blank) at both ends. */
str str_trim(str text);

/* The blanks inside a line. */
static inline bool char_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The blanks between words of JSON (RFC 8259 §2) and PEM: those of a line, and line ends. */
static inline bool char_is_space(char c)
{
    return char_is_blank(c) || c == '\n' || c == '\r';
}

static inline bool char_is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* ASCII only, whatever the locale. */
static inline char char_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* ASCII only, as HTTP wants it. */
bool str_equal_nocase(str a, str b);
bool str_contains(str text, str part); /* an empty part is in every text */
bool str_is_among(str text, const str *all, size_t count);

/* Reads the whole of text as a decimal number, whose only sign may be '-'. false: it is not one, or
 * out of range; *out is untouched then. */
bool str_to_int(str text, int64_t *out);

/* Is text a token of HTTP (RFC 9110 §5.6.2), such as a header's name or a cookie's? An empty text
 * is not. */
bool str_is_token(str text);

/* Does text consist of visible ASCII characters only, with no blank among them? True if empty. */
bool str_is_visible(str text);

/* Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates. */
bool str_is_utf8(str text);

#endif

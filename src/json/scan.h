/* A scanner for simple JSON tokens: literals, texts without escapes, and short integers (RFC
 * 8259). */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include "base/str.h"
#include "json/grammar.h"

struct scan {
    const char *at, *end;
    /* a text had non-ASCII bytes, which scan_end checks for UTF-8 */
    bool has_high_bytes;
};

static inline struct scan scan_of(str text)
{
    return (struct scan){ .at = text.ptr, .end = text.ptr + text.len };
}

static inline void scan_blanks(struct scan *s)
{
    while (s->at < s->end && json_is_blank(*s->at))
        s->at++;
}

/* Skips blanks and then this character. Returns false if another character is next. */
static inline bool scan_take(struct scan *s, char c)
{
    scan_blanks(s);
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

/* Skips exactly this text, such as "null". Returns false, without skipping, if something else is
 * next. */
bool scan_literal(struct scan *s, str literal);

/* Skips blanks and a quoted text, and sets *out to a view of its content. Returns false if none is
 * next, or if it has an escape, a control character or no end. */
bool scan_text(struct scan *s, str *out);

/* Skips an integer (RFC 8259 §6). Returns false if none is next or it has a leading zero. Long ones
 * are cut; the caller must check what follows. */
bool scan_integer(struct scan *s, int64_t *out);

/* Returns whether only blanks are left and the whole text is UTF-8. */
bool scan_end(struct scan *s, str text);

#endif

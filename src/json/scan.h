/* A scanner for the words of JSON (RFC 8259) that are the same in the text and in memory: literals,
 * texts without escapes, and short integers. At any other word, its callers give up and leave the
 * text to parse.h. Used only inside this room. */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include "base/str.h"
#include "json/grammar.h"

struct scan {
    const char *at, *end;
    /* a text contained such bytes; scan_end checks once whether they are UTF-8 */
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

/* Skips blanks and then this character. Returns false if another character is next; only the blanks
 * are skipped then. */
static inline bool scan_take(struct scan *s, char c)
{
    scan_blanks(s);
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

/* Skips exactly this text, such as "null". Returns false, and skips nothing, if something else is
 * next. */
bool scan_literal(struct scan *s, str literal);

/* Skips blanks and a text in quotes, and sets *out to a view of what is between the quotes. Returns
 * false if no text is next, or if it has an escape, a control character or no end. */
bool scan_text(struct scan *s, str *out);

/* Skips an integer (RFC 8259 §6). Returns false if none is next, or if it begins with a superfluous
 * zero or has more digits than certainly fit. The caller must check what follows it. */
bool scan_integer(struct scan *s, int64_t *out);

/* Returns whether nothing but blanks is left and the whole text was UTF-8. */
bool scan_end(struct scan *s, str text);

#endif

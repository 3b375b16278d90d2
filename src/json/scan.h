/* A scanner of the words of JSON (RFC 8259) that are the same in the text and in memory: literals,
 * texts without escapes, short integers. Its callers give up at any other word and leave the text
 * to parse.h. Used inside this room only. */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include "base/str.h"
#include "json/grammar.h"

struct scan {
    const char *at, *end;
    bool has_high_bytes; /* seen in a text; whether they are UTF-8 is checked once, by scan_end */
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

/* Steps over blanks and then this character. false: another one is next; only blanks were taken. */
static inline bool scan_take(struct scan *s, char c)
{
    scan_blanks(s);
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

/* Steps over exactly this text, such as "null". false: nothing was taken. */
bool scan_literal(struct scan *s, str literal);

/* Steps over blanks and a text with its quotes; *out is a view of what is between them. false:
 * there is no text, or it has an escape, a control character or no end. */
bool scan_text(struct scan *s, str *out);

/* Steps over an integer (RFC 8259 §6). false: there is none, it begins with a zero, or it has more
 * digits than surely fit. The caller checks what follows. */
bool scan_integer(struct scan *s, int64_t *out);

/* Is nothing left but blanks, and was the whole text UTF-8? */
bool scan_end(struct scan *s, str text);

#endif

/* The words of JSON (RFC 8259) that are the same in the text and in memory: a text without escapes,
 * a short integer. Whoever meets another one gives up, for parse.h to read it. Inside this room. */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include "base/str.h"
#include "json/grammar.h"

struct scan {
    const char *at, *end;
    bool has_high_bytes; /* seen in a text; whether they are UTF-8 is asked once, at the end */
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

/* Blanks and then this character; without it nothing but blanks is taken. */
static inline bool scan_take(struct scan *s, char c)
{
    scan_blanks(s);
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

/* Exactly this, such as "null". */
bool scan_literal(struct scan *s, str literal);

/* A text with its quotes, after blanks; *out is a view of what is between them. false: an escape, a
 * control character, no end. */
bool scan_text(struct scan *s, str *out);

/* RFC 8259 §6, integers only: no leading zero, no more digits than surely fit. What follows is the
 * caller's to check. */
bool scan_integer(struct scan *s, int64_t *out);

/* Nothing but blanks is left, and the whole text was UTF-8. */
bool scan_end(struct scan *s, str text);

#endif

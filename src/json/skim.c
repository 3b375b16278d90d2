/* One pass, no memory. Every doubt ends it: the full parser is right behind. */
#include "json/skim.h"

#include "base/banned.h"
#include "json/grammar.h"

enum { DIGITS_MAX = 18 }; /* fit 64 bits */

struct skim {
    const char *at, *end;
    str names[SKIM_MEMBERS_MAX];
    size_t count;
    bool has_high_bytes;
};

static void skip_blanks(struct skim *s)
{
    while (s->at < s->end && json_is_blank(*s->at))
        s->at++;
}

static bool take(struct skim *s, char c)
{
    skip_blanks(s);
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

static bool take_text(struct skim *s, str *out)
{
    if (!take(s, '"'))
        return false;
    for (const char *start = s->at; s->at < s->end; s->at++) {
        unsigned char c = (unsigned char)*s->at;

        if (c == '"') {
            *out = (str){ start, (size_t)(s->at++ - start) };
            return true;
        }
        if (c < ' ' || c == '\\')
            return false;
        s->has_high_bytes = s->has_high_bytes || c >= 0x80;
    }
    return false;
}

/* RFC 8259 §6, integers only: no leading zero, no more digits than surely fit. */
static bool take_integer(struct skim *s)
{
    s->at += s->at < s->end && *s->at == '-' ? 1 : 0;

    const char *start = s->at;
    while (s->at < s->end && json_is_digit(*s->at))
        s->at++;
    size_t digits = (size_t)(s->at - start);
    return digits > 0 && digits <= DIGITS_MAX && (*start != '0' || digits == 1);
}

/* A literal or an empty container. */
static bool take_fixed(struct skim *s)
{
    static const str fixed[] = { STR_INIT("null"), STR_INIT("true"), STR_INIT("false"),
                                 STR_INIT("[]"), STR_INIT("{}") };

    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        if (str_starts((str){ s->at, (size_t)(s->end - s->at) }, fixed[i])) {
            s->at += fixed[i].len;
            return true;
        }
    return false;
}

/* text->ptr stays NULL where the value is no text. What follows a value is the caller's to check.
 */
static bool take_value(struct skim *s, str *text)
{
    skip_blanks(s);
    if (s->at == s->end)
        return false;
    if (*s->at == '"')
        return take_text(s, text);
    return take_fixed(s) || take_integer(s);
}

static bool is_new_name(struct skim *s, str name)
{
    for (size_t i = 0; i < s->count; i++)
        if (str_equal(s->names[i], name))
            return false;
    if (s->count == SKIM_MEMBERS_MAX)
        return false;
    s->names[s->count++] = name;
    return true;
}

static bool take_member(struct skim *s, struct skimmed *wanted, size_t count)
{
    str name, text = { NULL, 0 };

    if (!take_text(s, &name) || !is_new_name(s, name) || !take(s, ':') || !take_value(s, &text))
        return false;
    for (size_t i = 0; i < count; i++)
        if (str_equal(name, str_of(wanted[i].name)))
            wanted[i].text = text;
    return true;
}

bool json_skim(str text, struct skimmed *wanted, size_t count)
{
    struct skim s = { .at = text.ptr, .end = text.ptr + text.len };

    for (size_t i = 0; i < count; i++)
        wanted[i].text = (str){ NULL, 0 };
    if (!take(&s, '{'))
        return false;
    do
        if (!take_member(&s, wanted, count))
            return false;
    while (take(&s, ','));
    if (!take(&s, '}'))
        return false;
    skip_blanks(&s);
    return s.at == s.end && (!s.has_high_bytes || str_is_utf8(text));
}

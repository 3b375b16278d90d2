/* One pass, no memory. Every doubt ends it: the full parser is right behind. */
#include "json/skim.h"

#include "base/banned.h"
#include "base/mem.h"
#include "json/scan.h"

struct skim {
    struct scan scan;
    str names[SKIM_MEMBERS_MAX];
    size_t count;
};

/* A literal or an empty container. */
static bool take_fixed(struct scan *s)
{
    static const str fixed[] = { STR_INIT("null"), STR_INIT("true"), STR_INIT("false"),
                                 STR_INIT("[]"), STR_INIT("{}") };

    for (size_t i = 0; i < COUNT(fixed); i++)
        if (scan_literal(s, fixed[i]))
            return true;
    return false;
}

/* text->ptr stays NULL where the value is no text. What follows a value is the caller's to check.
 */
static bool take_value(struct scan *s, str *text)
{
    int64_t number;

    scan_blanks(s);
    if (s->at == s->end)
        return false;
    if (*s->at == '"')
        return scan_text(s, text);
    return take_fixed(s) || scan_integer(s, &number);
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

    if (!scan_text(&s->scan, &name) || !is_new_name(s, name) || !scan_take(&s->scan, ':') ||
        !take_value(&s->scan, &text))
        return false;
    for (size_t i = 0; i < count; i++)
        if (str_equal(name, str_of(wanted[i].name)))
            wanted[i].text = text;
    return true;
}

bool json_skim(str text, struct skimmed *wanted, size_t count)
{
    struct skim s = { .scan = scan_of(text) };

    for (size_t i = 0; i < count; i++)
        wanted[i].text = (str){ NULL, 0 };
    if (!scan_take(&s.scan, '{'))
        return false;
    do
        if (!take_member(&s, wanted, count))
            return false;
    while (scan_take(&s.scan, ','));
    return scan_take(&s.scan, '}') && scan_end(&s.scan, text);
}

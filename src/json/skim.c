/* Finds a few members of a flat JSON object in one pass, without allocating. */
#include "json/skim.h"

#include "base/banned.h"
#include "base/ensure.h"
#include "base/mem.h"
#include "json/scan.h"

struct skim {
    struct scan scan;
    str names[SKIM_MEMBERS_MAX];
    size_t count;
};

/* Skips a literal or an empty container. */
static bool take_fixed(struct scan *s)
{
    static const str fixed[] = { STR_INIT("null"), STR_INIT("true"), STR_INIT("false"),
                                 STR_INIT("[]"), STR_INIT("{}") };

    for (size_t i = 0; i < COUNT(fixed); i++)
        if (scan_literal(s, fixed[i]))
            return true;
    return false;
}

/* Skips a value, and sets *text if it is a string. Returns false if it is not a simple value. */
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

/* Adds a name. Returns false if it is repeated or the list is full. */
static bool add_name(struct skim *s, str name)
{
    for (size_t i = 0; i < s->count; i++)
        if (str_equal(s->names[i], name))
            return false;
    if (s->count == SKIM_MEMBERS_MAX)
        return false;
    s->names[s->count++] = name;
    return true;
}

/* Skips a member, and stores its text if it is one of those requested. */
static bool take_member(struct skim *s, struct skimmed *members, size_t count)
{
    str name, text = { NULL, 0 };

    if (!scan_text(&s->scan, &name) || !add_name(s, name))
        return false;
    if (!scan_take(&s->scan, ':') || !take_value(&s->scan, &text))
        return false;
    for (size_t i = 0; i < count; i++)
        if (str_equal(name, str_of(members[i].name)))
            members[i].text = text;
    return true;
}

/* Finds the members' texts, as views. Returns false if the object is not simple. */
bool json_skim(str text, struct skimmed *members, size_t count)
{
    ensure(members != NULL || count == 0);
    struct skim s = { .scan = scan_of(text) };

    for (size_t i = 0; i < count; i++)
        members[i].text = (str){ NULL, 0 };
    if (!scan_take(&s.scan, '{'))
        return false;
    do {
        if (!take_member(&s, members, count))
            return false;
    } while (scan_take(&s.scan, ','));
    return scan_take(&s.scan, '}') && scan_end(&s.scan, text);
}

/* Parses plain JSON in one pass, several times faster than jansson. */
#include "json/plain.h"

#include "base/banned.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "json/parse.h"
#include "json/scan.h"

struct plain_reader {
    struct scan scan;
    json_t *open[JSON_MAX_DEPTH]; /* the innermost last; each is owned by the one before it */
    size_t depth;
};

/* Opens a container. Returns NULL if it is nested too deeply. */
static json_t *open_container(struct plain_reader *r)
{
    ensure(r->scan.at < r->scan.end && (*r->scan.at == '{' || *r->scan.at == '['));
    if (r->depth == JSON_MAX_DEPTH)
        return NULL;
    json_t *container = *r->scan.at++ == '{' ? json_object() : json_array();
    r->open[r->depth++] = container;
    return container;
}

static json_t *take_text(struct scan *s)
{
    str text;

    return scan_text(s, &text) ? json_stringn_nocheck(text.ptr, text.len) : NULL;
}

static json_t *take_integer(struct scan *s)
{
    int64_t value;

    return scan_integer(s, &value) ? json_integer(value) : NULL;
}

/* Reads a value, or the opening bracket of a container. Returns NULL if it is not plain. */
static json_t *take_value(struct plain_reader *r)
{
    struct scan *s = &r->scan;

    scan_blanks(s);
    switch (s->at < s->end ? *s->at : '\0') {
    case '{':
    case '[': return open_container(r);
    case '"': return take_text(s);
    case 't': return scan_literal(s, STR("true")) ? json_true() : NULL;
    case 'f': return scan_literal(s, STR("false")) ? json_false() : NULL;
    case 'n': return scan_literal(s, STR("null")) ? json_null() : NULL;
    default: return take_integer(s);
    }
}

/* Reads a member into the object. Returns false if it is not plain, or repeats a name. scan_end
 * checks the UTF-8. */
static bool take_member(struct plain_reader *r, json_t *object)
{
    size_t before = json_object_size(object);
    str name;

    if (!scan_text(&r->scan, &name) || !scan_take(&r->scan, ':'))
        return false;
    if (json_object_setn_new_nocheck(object, name.ptr, name.len, take_value(r)) != 0)
        return false;                         /* there was no plain value */
    return json_object_size(object) > before; /* else it replaced a member of the same name */
}

/* Reads the next item of the innermost container, or its closing bracket. Returns false if it is
 * not plain. */
static bool take_step(struct plain_reader *r)
{
    ensure(r->depth > 0 && r->depth <= JSON_MAX_DEPTH);
    json_t *in = r->open[r->depth - 1];
    bool is_object = json_is_object(in);
    bool is_empty = (is_object ? json_object_size(in) : json_array_size(in)) == 0;

    if (scan_take(&r->scan, is_object ? '}' : ']')) {
        r->depth--;
        return true;
    }
    if (!is_empty && !scan_take(&r->scan, ','))
        return false;
    if (is_object)
        return take_member(r, in);
    return json_array_append_new(in, take_value(r)) == 0; /* it fails if the value is NULL */
}

/* Parses the whole text without recursion. Returns NULL if it is not plain. */
json_t *json_read_plain(str text)
{
    struct plain_reader r = { .scan = scan_of(text) };

    scan_blanks(&r.scan);
    if (r.scan.at == r.scan.end || (*r.scan.at != '{' && *r.scan.at != '['))
        return NULL;
    AUTO(json_t) *json = open_container(&r);
    while (r.depth > 0)
        if (!take_step(&r))
            return NULL;
    return scan_end(&r.scan, text) ? TAKE(json) : NULL;
}

/* Writes JSON into a buffer, with commas where they are needed. */
#include "json/writer.h"

#include "base/ensure.h"
#include "json/parse.h"

/* Writes a comma if one is needed before the next key or value. */
static void begin_value(writer *w)
{
    if (w->comma)
        buf_append(w->out, STR(","));
    w->comma = true;
}

/* Returns whether the innermost open container is an array. */
static bool is_in_array(const writer *w)
{
    return (w->is_array >> w->depth & 1) != 0;
}

/* Opens an array or an object, recorded as one bit of w->is_array. */
static void begin_container(writer *w, bool is_array)
{
    ensure(w->depth < WRITER_DEPTH_MAX);
    begin_value(w);
    w->depth++;
    w->is_array &= ~(UINT64_C(1) << w->depth);
    w->is_array |= (uint64_t)is_array << w->depth;
    w->comma = false;
    buf_append(w->out, is_array ? STR("[") : STR("{"));
}

/* Appends the escape of a character, in its short form if there is one. */
static void append_escape(buf *out, unsigned char c)
{
    static const char short_form[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                       ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\' };

    if (c >= sizeof(short_form) || short_form[c] == '\0') {
        buf_printf(out, "\\u%04x", c);
        return;
    }
    buf_append_char(out, '\\');
    buf_append_char(out, short_form[c]);
}

/* Appends the text in quotes, escaped (RFC 8259 §7). */
static void append_quoted(buf *out, str text)
{
    size_t clean = 0; /* the index of the first byte that has not been appended */

    buf_append(out, STR("\""));
    for (size_t at = 0; at < text.len; at++) {
        unsigned char c = (unsigned char)text.ptr[at];

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_append(out, (str){ text.ptr + clean, at - clean });
        append_escape(out, c);
        clean = at + 1;
    }
    buf_append(out, str_from(text, clean));
    buf_append(out, STR("\""));
}

void write_object(writer *w)
{
    begin_container(w, false);
}

void write_array(writer *w)
{
    begin_container(w, true);
}

/* Closes the innermost object or array. */
void write_end(writer *w)
{
    ensure(w->depth > 0);
    bool is_array = is_in_array(w);

    w->depth--;
    w->comma = true;
    buf_append(w->out, is_array ? STR("]") : STR("}"));
}

/* Writes the key of a member, whose value must follow. */
void write_key_str(writer *w, str name)
{
    ensure(!is_in_array(w));
    begin_value(w);
    append_quoted(w->out, name);
    buf_append(w->out, STR(":"));
    w->comma = false;
}

void write_key(writer *w, const char *name)
{
    write_key_str(w, str_of(name));
}

void write_str(writer *w, str text)
{
    begin_value(w);
    append_quoted(w->out, text);
}

void write_string(writer *w, const char *text)
{
    if (text == NULL)
        write_null(w);
    else
        write_str(w, str_of(text));
}

void write_raw(writer *w, str json)
{
    begin_value(w);
    buf_append(w->out, json);
}

void write_bool(writer *w, bool value)
{
    write_raw(w, value ? STR("true") : STR("false"));
}

void write_null(writer *w)
{
    write_raw(w, STR("null"));
}

void write_integer(writer *w, int64_t value)
{
    begin_value(w);
    buf_printf(w->out, "%lld", (long long)value);
}

/* Appends the number with the fewest digits that read back as the same number. */
static void append_real(buf *out, double value)
{
    char text[32]; /* 17 digits with a sign, a point and an exponent need 24 bytes */

    if (!__builtin_isfinite(value)) { /* JSON has no infinity and no NaN (RFC 8259 §6) */
        buf_append(out, STR("null"));
        return;
    }
    for (int digits = 15; digits <= 17; digits++) { /* 17 digits are always enough */
        (void)snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    buf_append(out, str_of(text));
    if (strpbrk(text, ".e") == NULL)
        buf_append(out, STR(".0"));
}

void write_real(writer *w, double value)
{
    begin_value(w);
    append_real(w->out, value);
}

static void append_json(buf *out, const json_t *value);

/* Appends an object in its original order. */
static void append_object(buf *out, const json_t *object)
{
    ensure(json_is_object(object));
    /* jansson's iterators do not accept const, although they do not change the object. */
    json_t *walked = (json_t *)(uintptr_t)object;
    bool is_first = true;

    buf_append(out, STR("{"));
    for (void *at = json_object_iter(walked); at != NULL; at = json_object_iter_next(walked, at)) {
        if (!is_first)
            buf_append(out, STR(","));
        is_first = false;
        append_quoted(out, str_of(json_object_iter_key(at)));
        buf_append(out, STR(":"));
        append_json(out, json_object_iter_value(at));
    }
    buf_append(out, STR("}"));
}

static void append_array(buf *out, const json_t *array)
{
    buf_append(out, STR("["));
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0)
            buf_append(out, STR(","));
        append_json(out, json_array_get(array, i));
    }
    buf_append(out, STR("]"));
}

/* Appends any value. The parser has bounded the depth of the recursion. */
static void append_json(buf *out, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT: append_object(out, value); break;
    case JSON_ARRAY: append_array(out, value); break;
    case JSON_STRING: append_quoted(out, json_view(value)); break;
    case JSON_INTEGER: buf_printf(out, "%lld", (long long)json_integer_value(value)); break;
    case JSON_REAL: append_real(out, json_real_value(value)); break;
    case JSON_TRUE: buf_append(out, STR("true")); break;
    case JSON_FALSE: buf_append(out, STR("false")); break;
    case JSON_NULL: buf_append(out, STR("null")); break;
    }
}

void write_json(writer *w, const json_t *value)
{
    if (value == NULL) {
        write_null(w);
        return;
    }
    begin_value(w);
    append_json(w->out, value);
}

void write_member(writer *w, const char *name, const char *text)
{
    write_key(w, name);
    write_string(w, text);
}

void write_member_if(writer *w, const char *name, const char *text)
{
    if (text != NULL)
        write_member(w, name, text);
}

void write_member_int(writer *w, const char *name, int64_t value)
{
    write_key(w, name);
    write_integer(w, value);
}

void write_member_bool(writer *w, const char *name, bool value)
{
    write_key(w, name);
    write_bool(w, value);
}

void write_member_real(writer *w, const char *name, double value)
{
    write_key(w, name);
    write_real(w, value);
}

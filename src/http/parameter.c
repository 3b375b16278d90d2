/* Parses header values with parameters (RFC 9110 §5.6.6). */
#include "http/parameter.h"

#include "base/ensure.h"

static void skip_blanks(str *text)
{
    while (text->len > 0 && char_is_blank(text->ptr[0]))
        *text = str_from(*text, 1);
}

/* Returns whether the byte at this index escapes the next one. */
static bool is_escape(str text, size_t at)
{
    return text.ptr[at] == '\\' && at + 1 < text.len &&
           (text.ptr[at + 1] == '"' || text.ptr[at + 1] == '\\');
}

/* Removes the backslashes before '"' and '\'. Browsers send others unescaped in file names. */
static str unescape(arena *a, str text)
{
    char *plain = arena_alloc(a, text.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (is_escape(text, i))
            i++;
        plain[len++] = text.ptr[i];
    }
    ensure(len <= text.len);
    return (str){ plain, len };
}

/* Parses a quoted string after its opening quote. Returns false if it is not closed. */
static bool take_quoted(arena *a, str *rest, str *out)
{
    bool has_escape = false;
    size_t end = 0;

    while (end < rest->len && rest->ptr[end] != '"') {
        if (is_escape(*rest, end)) {
            has_escape = true;
            end++; /* skip the escaped byte */
        }
        end++;
    }
    if (end >= rest->len)
        return false;
    *out = (str){ rest->ptr, end };
    if (has_escape)
        *out = unescape(a, *out);
    *rest = str_from(*rest, end + 1);
    return true;
}

/* Parses an unquoted value up to the next ';'. Returns false if it is not a token. */
static bool take_token(str *rest, str *out)
{
    size_t end = 0;

    while (end < rest->len && rest->ptr[end] != ';')
        end++;
    *out = str_trim((str){ rest->ptr, end });
    *rest = str_from(*rest, end);
    return str_is_token(*out);
}

/* Parses a quoted or unquoted value. Returns false if it is malformed. */
static bool take_value(arena *a, str *rest, str *out)
{
    if (!str_starts(*rest, STR("\"")))
        return take_token(rest, out);
    *rest = str_from(*rest, strlen("\""));
    return take_quoted(a, rest, out);
}

/* Parses name=value and the ';' after it. Returns false if it is malformed. */
static bool take_pair(arena *a, str *rest, str *name, str *value)
{
    if (!str_has(*rest, '='))
        return false;
    *name = str_split(rest, '=');
    if (!str_is_token(*name))
        return false;
    if (!take_value(a, rest, value))
        return false;
    skip_blanks(rest);
    if (rest->len > 0 && rest->ptr[0] != ';')
        return false;
    *rest = str_from(*rest, 1);
    return true;
}

/* Appends a parameter. Returns false if the name is repeated or there are too many. */
static bool add_parameter(struct parameters *parameters, str name, str value)
{
    if (parameters->count == PARAMETERS_MAX)
        return false;
    if (parameters_find(parameters, name, NULL))
        return false;
    parameters->all[parameters->count].name = name;
    parameters->all[parameters->count].value = value;
    parameters->count++;
    return true;
}

/* Parses a header value into *out. */
agentos_status parameters_parse(arena *a, str text, struct parameters *out, agentos_error *err)
{
    str rest = text;
    struct parameters found = { .head = str_trim(str_split(&rest, ';')) };

    for (skip_blanks(&rest); rest.len > 0; skip_blanks(&rest)) {
        str name, value;

        if (rest.ptr[0] == ';') { /* RFC 9110 §5.6.6: parameters may be empty */
            rest = str_from(rest, 1);
            continue;
        }
        if (!take_pair(a, &rest, &name, &value))
            return fail(err, AGENTOS_INVALID, "malformed parameters in " QUOTED, QUOTE(text));
        if (!add_parameter(&found, name, value))
            return fail(err, AGENTOS_INVALID, "too many or repeated parameters in " QUOTED,
                        QUOTE(text));
    }
    *out = found;
    return AGENTOS_OK;
}

/* Finds a parameter by name, ignoring case. `value` may be NULL. */
bool parameters_find(const struct parameters *parameters, str name, str *value)
{
    ensure(parameters->count <= PARAMETERS_MAX);
    for (size_t i = 0; i < parameters->count; i++)
        if (str_equal_nocase(parameters->all[i].name, name)) {
            if (value != NULL)
                *value = parameters->all[i].value;
            return true;
        }
    return false;
}

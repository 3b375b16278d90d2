/* Names between dots; a name in double quotes may hold dots itself. A name without any is the path
 * of one step. */
#include "jose/claim_path.h"

static bool is_printable(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ')
            return false;
    return true;
}

static agentos_status cut_quoted(str *rest, str *name, agentos_error *err)
{
    str inside = str_from(*rest, 1);

    if (!str_has(inside, '"'))
        return fail(err, AGENTOS_INVALID, "a claim path with a quote that is not closed");
    *name = str_split(&inside, '"');
    *rest = str_from(*rest, name->len + 2);
    if (rest->len > 0 && rest->ptr[0] != '.')
        return fail(err, AGENTOS_INVALID, "a claim path needs a dot after a quoted name");
    return AGENTOS_OK;
}

static agentos_status cut_plain(str *rest, str *name, agentos_error *err)
{
    size_t len = 0;

    while (len < rest->len && rest->ptr[len] != '.')
        len++;
    *name = (str){ rest->ptr, len };
    *rest = str_from(*rest, len);
    if (str_has(*name, '"'))
        return fail(err, AGENTOS_INVALID, "a claim path quotes whole names: \"a.b\".c");
    return AGENTOS_OK;
}

agentos_status claim_path_parse(arena *a, str text, struct claim_path *out, agentos_error *err)
{
    struct claim_path path = { .count = 0 };
    str rest = text;
    bool is_open = true; /* a name must follow */

    if (!is_printable(text))
        return fail(err, AGENTOS_INVALID, "a claim path with a control character");
    while (is_open) {
        str name = { "", 0 };

        if (path.count == CLAIM_PATH_MAX)
            return fail(err, AGENTOS_INVALID, "a claim path of more than %d names", CLAIM_PATH_MAX);
        if (rest.len > 0 && rest.ptr[0] == '"')
            TRY(cut_quoted(&rest, &name, err));
        else
            TRY(cut_plain(&rest, &name, err));
        if (name.len == 0)
            return fail(err, AGENTOS_INVALID, "a claim path with an empty name");
        path.names[path.count++] = arena_copy(a, name);
        is_open = rest.len > 0;
        rest = str_from(rest, 1);
    }
    path.text = arena_copy(a, text);
    *out = path;
    return AGENTOS_OK;
}

const json_t *claim_path_find(const struct claim_path *path, const json_t *claims)
{
    const json_t *value = json_object_get(claims, path->text);

    if (value != NULL)
        return value;
    value = claims;
    for (size_t i = 0; i < path->count && value != NULL; i++)
        value = json_object_get(value, path->names[i]);
    return path->count > 0 ? value : NULL;
}

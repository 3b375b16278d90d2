/* Parses claim paths such as realm_access.roles and looks them up. */
#include "jose/claim_path.h"

#include "base/ensure.h"

static bool has_control_character(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ')
            return true;
    return false;
}

/* Cuts a quoted name off the front of *rest and removes its quotes. */
static agentos_status cut_quoted(str *rest, str *name, agentos_error *err)
{
    ensure(rest->len > 0 && rest->ptr[0] == '"');
    str inside = str_from(*rest, 1);

    if (!str_has(inside, '"'))
        return fail(err, AGENTOS_INVALID, "a claim path with a quote that is not closed");
    *name = str_split(&inside, '"');
    *rest = str_from(*rest, name->len + strlen("\"\""));
    if (rest->len > 0 && rest->ptr[0] != '.')
        return fail(err, AGENTOS_INVALID, "a claim path needs a dot after a quoted name");
    return AGENTOS_OK;
}

/* Cuts an unquoted name off the front of *rest. */
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

/* Appends the next name to the path. *rest is then empty or begins with a dot. */
static agentos_status take_name(arena *a, str *rest, struct claim_path *path, agentos_error *err)
{
    str name = { "", 0 };

    if (path->count == CLAIM_PATH_MAX)
        return fail(err, AGENTOS_INVALID, "a claim path of more than %d names", CLAIM_PATH_MAX);
    if (str_starts(*rest, STR("\"")))
        TRY(cut_quoted(rest, &name, err));
    else
        TRY(cut_plain(rest, &name, err));
    if (name.len == 0)
        return fail(err, AGENTOS_INVALID, "a claim path with an empty name");
    path->names[path->count++] = arena_copy(a, name);
    return AGENTOS_OK;
}

/* Parses a path into the arena. Sets *out only on success. */
agentos_status claim_path_parse(arena *a, str text, struct claim_path *out, agentos_error *err)
{
    struct claim_path path = { .count = 0 };
    str rest = text;

    if (has_control_character(text))
        return fail(err, AGENTOS_INVALID, "a claim path with a control character");
    TRY(take_name(a, &rest, &path, err));
    while (rest.len > 0) {
        rest = str_from(rest, strlen("."));
        TRY(take_name(a, &rest, &path, err));
    }
    ensure(path.count > 0 && path.count <= CLAIM_PATH_MAX);
    path.text = arena_copy(a, text);
    *out = path;
    return AGENTOS_OK;
}

/* Returns the claim, borrowed from `claims`, or NULL. The whole path as a name takes precedence. */
const json_t *claim_path_find(const struct claim_path *path, const json_t *claims)
{
    ensure(path->count <= CLAIM_PATH_MAX);
    if (path->count == 0)
        return NULL;
    const json_t *value = json_object_get(claims, path->text);
    if (value != NULL)
        return value;
    value = claims;
    for (size_t i = 0; i < path->count && value != NULL; i++)
        value = json_object_get(value, path->names[i]);
    return value;
}

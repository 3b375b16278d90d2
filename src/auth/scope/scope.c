/* Parses scopes such as "agents:run" and "agents:ID:run". */
#include "auth/scope/scope.h"

#include "base/limits.h"
#include "base/mem.h"

/* The kinds whose scopes may contain an id (docs/design/contract.md §2). */
static const str kinds_with_ids[] = { STR_INIT("agents"), STR_INIT("teams"),
                                      STR_INIT("workflows") };

/* Returns whether scopes of this kind may contain an id. */
bool scope_kind_has_ids(str resource)
{
    for (size_t i = 0; i < COUNT(kinds_with_ids); i++)
        if (str_equal(resource, kinds_with_ids[i]))
            return true;
    return false;
}

/* Renames the resource "system" to "config", its current name. */
static str current_name(str resource)
{
    return str_equal(resource, STR("system")) ? STR("config") : resource;
}

/* Parses RESOURCE:ACTION or RESOURCE:ID:ACTION into views of the text. */
bool scope_parse(str text, struct scope *out)
{
    size_t colons = str_count(text, ':');
    str rest = text;
    str id = STR("");

    if (colons != 1 && colons != 2)
        return false;
    str resource = str_split(&rest, ':');
    if (colons == 2) {
        id = str_split(&rest, ':');
        if (id.len == 0)
            return false;
    }
    if (resource.len == 0 || rest.len == 0)
        return false;
    *out = (struct scope){ .resource = current_name(resource), .id = id, .action = rest };
    return true;
}

static bool is_id_character(char c)
{
    return char_is_alphanumeric(c) || c == '.' || c == '_' || c == '~' || c == '-';
}

/* Returns whether the id is a dot segment, which clients remove from paths (RFC 3986 §5.2.4). */
static bool is_dot_segment(str id)
{
    return str_equal(id, STR(".")) || str_equal(id, STR(".."));
}

/* Returns whether this id can name an agent in a scope and in a URL. */
bool scope_id_is_valid(str id)
{
    if (id.len == 0 || id.len > ID_MAX_BYTES || is_dot_segment(id))
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (!is_id_character(id.ptr[i]))
            return false;
    return true;
}

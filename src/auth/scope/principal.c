/* The identity and scopes of a caller. */
#include "auth/scope/principal.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

/* Replaces the principal's scopes. The texts must live as long as the arena. */
void principal_set_scopes(struct principal *principal, arena *a, const str *scopes, size_t count)
{
    ensure(scopes != NULL || count == 0);
    principal->scopes = scopes;
    principal->scope_count = count;
    principal->held = scope_set_new(a, scopes, count);
}

bool principal_holds_text(const struct principal *principal, str scope)
{
    return str_is_among(scope, principal->scopes, principal->scope_count);
}

/* ---- ids ---- */

/* Ids that only the server assigns: service accounts, MCP clients and the scheduler. */
static const struct {
    str text;
    bool is_prefix;
} reserved[] = {
    { STR_INIT("sa:"), true },
    { STR_INIT("__oauth__:"), true },
    { STR_INIT("__scheduler__"), false },
};

static bool is_reserved(str id)
{
    for (size_t i = 0; i < COUNT(reserved); i++)
        if (str_equal(id, reserved[i].text) ||
            (reserved[i].is_prefix && str_starts(id, reserved[i].text)))
            return true;
    return false;
}

/* Returns whether the id has 1 to `max_bytes` bytes and no control character. */
static bool is_printable(str id, size_t max_bytes)
{
    if (id.len == 0 || id.len > max_bytes)
        return false;
    for (size_t i = 0; i < id.len; i++)
        if ((unsigned char)id.ptr[i] < ' ' || id.ptr[i] == 0x7f)
            return false;
    return true;
}

bool id_is_acceptable(str id)
{
    return is_printable(id, ID_MAX_BYTES);
}

bool id_is_reachable(str id)
{
    if (str_has(id, '/') || str_has(id, '\\'))
        return false;
    return id_is_acceptable(id) && !str_equal(id, STR(".")) && !str_equal(id, STR(".."));
}

bool user_id_is_valid(str id)
{
    return is_printable(id, USER_ID_MAX_BYTES) && !is_reserved(id);
}

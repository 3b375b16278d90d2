/* Questions to a principal that need no knowledge of scopes: those are access.c's. */
#include "auth/principal.h"

void principal_give(struct principal *principal, arena *a, const str *scopes, size_t count)
{
    principal->scopes = scopes;
    principal->scope_count = count;
    principal->held = scope_set_new(a, scopes, count);
}

bool principal_holds_text(const struct principal *principal, str scope)
{
    return str_is_among(scope, principal->scopes, principal->scope_count);
}

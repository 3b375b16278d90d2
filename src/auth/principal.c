/* Questions to a principal that need no knowledge of scopes: those are access.c's. */
#include "auth/principal.h"

bool principal_holds_text(const struct principal *principal, str scope)
{
    for (size_t i = 0; i < principal->scope_count; i++)
        if (str_equal(principal->scopes[i], scope))
            return true;
    return false;
}

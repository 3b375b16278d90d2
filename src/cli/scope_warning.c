/* Warns of scopes that are probably not what was meant. */
#include "cli/scope_warning.h"

#include <stdio.h>

#include "base/error.h"
#include "os/scope_nearest.h"

void scope_warn(arena *a, const char *scope)
{
    str text = str_of(scope);

    if (str_has(text, ',') || str_has(text, ' ')) {
        (void)fprintf(stderr, "agentos: warning: " QUOTED " is one scope; give --scope for each\n",
                      QUOTE(text));
        return;
    }
    const char *nearest = scope_nearest(a, scope);
    if (nearest != NULL)
        (void)fprintf(stderr,
                      "agentos: warning: no route asks for the scope " QUOTED
                      "; did you mean '%s'?\n",
                      QUOTE(text), nearest);
}

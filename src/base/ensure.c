/* Handles a failed assertion: prints its condition and ends the process. */
#include "base/ensure.h"

#include <stdio.h>
#include <stdlib.h>

void ensure_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "agentos: %s:%d: %s does not hold\n", file, line, condition);
    abort();
}

/* Handles a failed assertion: logs its condition and ends the process. */
#include "base/ensure.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

void ensure_failed(const char *condition, const char *file, int line)
{
    char text[1024];

    (void)snprintf(text, sizeof(text), "agentos: %s:%d: %s does not hold", file, line, condition);
    log_plain(str_of(text));
    (void)log_flush(LOG_FLUSH_MS); /* best effort before aborting */
    abort();
}

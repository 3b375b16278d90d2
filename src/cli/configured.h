/* The configuration that a command is about. */
#ifndef CLI_CONFIGURED_H
#define CLI_CONFIGURED_H

#include "os/options.h"

/* Reads what `agentos serve --config FILE` would; config NULL: agentos.yaml here, if there is one.
 * Faults of the file are printed on standard error, one a line. Texts are from the arena. INVALID:
 * it cannot be used. */
MUST_USE agentos_status configured_options(const char *config, arena *a, struct options *out,
                                           agentos_error *err);

#endif

/* Loads the configuration that a command is about. */
#ifndef CLI_CONFIGURED_H
#define CLI_CONFIGURED_H

#include "os/options.h"

/* Loads what `agentos serve --config FILE` would load. If config is NULL, that is agentos.yaml in
 * the working folder, if it exists. Faults of the file are printed to standard error, one on each
 * line. The texts are from the arena. Returns INVALID if the configuration cannot be used. */
MUST_USE agentos_status configured_options(const char *config, arena *a, struct options *out,
                                           agentos_error *err);

#endif

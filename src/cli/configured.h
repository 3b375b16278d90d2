/* Loads the configuration of a command. */
#ifndef CLI_CONFIGURED_H
#define CLI_CONFIGURED_H

#include "os/options.h"

/* Reads standard input if --config is "-", as the text of the configuration. The text is in the
 * arena, which must outlive the flags. Returns INVALID if it is too large. */
MUST_USE agentos_status configured_read_input(struct option_flags *flags, arena *a,
                                              agentos_error *err);

/* Loads what `agentos serve --config FILE` would load; NULL means agentos.yaml, if it exists.
 * Prints the errors to standard error, one per line. The strings are in the arena. Returns INVALID
 * if the configuration cannot be used. */
MUST_USE agentos_status configured_options(const char *config, arena *a, struct options *out,
                                           agentos_error *err);

/* Warns on standard error if the configuration has no agents. */
void configured_warn_if_no_agents(const struct options *options);

#endif

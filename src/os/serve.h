/* Serving one AgentOS until a signal ends it. */
#ifndef OS_SERVE_H
#define OS_SERVE_H

#include "os/options.h"

/* Starts, says "agentos: listening on http://HOST:PORT" on standard error, serves until SIGTERM or
 * SIGINT, and drains. With flags, SIGHUP reads the configuration again, and changed key files take
 * effect by themselves; flags may be NULL. INVALID: the options do not fit together, such as an
 * exposed address without authentication; other statuses: the system refuses something. Blocks;
 * once at a time in a process. */
MUST_USE agentos_status serve(const struct options *options, const struct option_flags *flags,
                              agentos_error *err);

#endif

/* The running server: loops, workers, database, and everything an options file asked for. */
#ifndef OS_SERVE_H
#define OS_SERVE_H

#include "os/options.h"

/* Start, say "agentos: listening on http://HOST:PORT" on standard error, serve until SIGTERM or
 * SIGINT, drain. With flags (may be NULL), SIGHUP reads the
 * configuration again, and changed key files take effect by themselves. INVALID: the options cannot
 * be meant (an open server on a public address, ...); other statuses: it cannot run. Blocks. */
MUST_USE agentos_status serve(const struct options *options, const struct option_flags *flags,
                              agentos_error *err);

#endif

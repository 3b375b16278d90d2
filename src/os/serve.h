/* Serves one AgentOS until a signal ends it. */
#ifndef OS_SERVE_H
#define OS_SERVE_H

#include "os/options.h"

/* Starts the server, prints "agentos: listening on http://HOST:PORT" to standard error, serves
 * until SIGTERM or SIGINT, and drains. With flags, which may be NULL, SIGHUP makes it read the
 * configuration again, and changed key files take effect by themselves. Returns INVALID if the
 * options contradict each other, or if an address without authentication can be reached by others,
 * and another status if the system refuses something. Blocks. Must not be called while another call
 * is running in the process. */
MUST_USE agentos_status serve(const struct options *options, const struct option_flags *flags,
                              agentos_error *err);

#endif

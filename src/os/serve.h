/* Serves one AgentOS until a signal stops it. */
#ifndef OS_SERVE_H
#define OS_SERVE_H

#include "os/options.h"

/* Starts the server, prints "agentos: listening on http://HOST:PORT" to standard error, serves
 * until SIGTERM or SIGINT, and drains. With flags, SIGHUP and changed key files reload the
 * configuration; flags may be NULL. Returns INVALID if the options contradict each other or expose
 * a server without authentication, and another status if a system call fails. Blocks. Must not be
 * called twice at a time in a process. */
MUST_USE agentos_status serve(const struct options *options, const struct option_flags *flags,
                              agentos_error *err);

#endif

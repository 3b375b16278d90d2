/* Runs an agent on a server and prints its answer as it comes. */
#ifndef CLI_AGENT_RUN_H
#define CLI_AGENT_RUN_H

#include "base/limits.h"
#include "cli/caller.h"

struct run_order {
    str message;
    const char *session; /* NULL or empty: the server makes one */
    bool json;           /* print the events, or the run with whole, as the server sends them */
    bool whole;          /* do not stream: print the answer when it is complete */
};

enum { SESSION_TEXT_SIZE = ID_MAX_BYTES + 1 };

struct run_result {
    char session[SESSION_TEXT_SIZE]; /* empty: the server has not named it */
    bool is_interrupted;             /* by SIGINT: the run was cancelled */
};

/* Runs the agent and prints its answer to standard output. Blocks until the run has ended; SIGINT
 * cancels it on the server, and a second one stops waiting for that. Returns UPSTREAM if the server
 * has refused the run, or the run has failed or was cancelled by somebody else. *out is set on
 * failure too. */
MUST_USE agentos_status agent_run(struct caller *caller, const struct run_order *order,
                                  struct run_result *out, agentos_error *err);

#endif

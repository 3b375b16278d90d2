/* The command line: `agentos COMMAND ...`. Exit 0: done; 1: it failed; 2: usage or a refused
 * configuration. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/error.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* argv[0] is the command's own name. */
typedef int command_main(int argc, char **argv);

struct command {
    const char *name, *summary;
    command_main *run;
};

/* Each is in a file of its own, cmd_NAME.c. */
command_main cmd_init, cmd_serve, cmd_keys, cmd_jwks, cmd_token, cmd_auth, cmd_audit, cmd_routes,
    cmd_config, cmd_db, cmd_health, cmd_reload;

/* Runs the row named argv[1]; --help and an unknown name print the table. For `agentos` itself and
 * for commands with subcommands (`token mint`). */
int command_dispatch(const char *program, const struct command *commands, size_t count, int argc,
                     char **argv);

/* Prints why, unless it is NULL, and where to find help on standard error; returns EXIT_USAGE. */
int command_usage(const char *program, const char *why);

/* "agentos: SENTENCE" on standard error; returns EXIT_FAILED, or EXIT_USAGE for INVALID. */
int command_fail(const agentos_error *err);

#endif

/* The command line, `agentos COMMAND ...`. The exit status is 0 for success, 1 for a failure, and 2
 * for wrong usage or a refused configuration. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/error.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* argv[0] is the name of the command. */
typedef int command_main(int argc, char **argv);

struct command {
    const char *name, *summary;
    command_main *run;
};

/* Each command is in a file of its own, cmd_NAME.c. */
command_main cmd_init, cmd_serve, cmd_keys, cmd_jwks, cmd_token, cmd_auth, cmd_audit, cmd_routes,
    cmd_config, cmd_db, cmd_health, cmd_reload;

/* Runs the command whose name is argv[1]. For --help and unknown names, the table is printed. Used
 * for `agentos` itself and for commands with subcommands (`token mint`). */
int command_dispatch(const char *program, const struct command *commands, size_t count, int argc,
                     char **argv);

/* Prints to standard error why the usage is wrong, unless why is NULL, and where to find help.
 * Returns EXIT_USAGE. */
int command_usage(const char *program, const char *why);

/* Prints "agentos: SENTENCE" to standard error. Returns EXIT_USAGE for INVALID and EXIT_FAILED
 * otherwise. */
int command_fail(const agentos_error *err);

#endif

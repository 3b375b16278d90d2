/* The command line, `agentos COMMAND ...`. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/error.h"

/* The exit status: success, failure, wrong usage or an invalid configuration, and
 * SIGINT. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };

/* argv[0] is the command's name. Returns the exit status. */
typedef int command_main(int argc, char **argv);

struct command {
    const char *name, *summary;
    command_main *run;
};

/* Each command is in its own file, cmd_NAME.c. */
command_main cmd_init, cmd_serve, cmd_run, cmd_chat, cmd_keys, cmd_jwks, cmd_token, cmd_auth,
    cmd_audit, cmd_routes, cmd_config, cmd_db, cmd_health, cmd_reload;

struct command_group {
    const char *program; /* "agentos", or "agentos token" */
    const struct command *commands;
    size_t count;
    const char *examples; /* lines of the help text, each indented by two */
};

/* Runs the command named by argv[1]. Prints the list of commands for --help, and the help of
 * COMMAND for `help COMMAND`. Returns the exit status. */
int command_dispatch(const struct command_group *group, int argc, char **argv);

/* Prints `why` to standard error, unless it is NULL, and where to find help. Returns EXIT_USAGE. */
int command_usage(const char *program, const char *why);

/* Prints the error to standard error. Returns EXIT_USAGE for INVALID, otherwise EXIT_FAILED. */
int command_fail(const agentos_error *err);

#endif

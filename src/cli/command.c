/* Dispatches commands and reports their errors. */
#include "cli/cli.h"

#include "base/ensure.h"
#include "cli/output.h"

static void print_table(FILE *out, const char *program, const struct command *commands,
                        size_t count)
{
    (void)fprintf(out, "usage: %s COMMAND [ARGUMENT]...\n\n", program);
    for (size_t i = 0; i < count; i++)
        (void)fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    (void)fprintf(out, "\n`%s COMMAND --help` says more.\n", program);
}

/* Runs the command named by argv[1], or prints the list of commands. Returns the exit status. */
int command_dispatch(const char *program, const struct command *commands, size_t count, int argc,
                     char **argv)
{
    ensure(commands != NULL && count > 0);
    if (argc < 2) {
        print_table(stderr, program, commands, count);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_table(stdout, program, commands, count);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < count; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    (void)fprintf(stderr, "%s: no command '%.128s'; see `%s --help`\n", program, argv[1], program);
    return EXIT_USAGE;
}

/* Prints `why`, unless it is NULL, and how to get help. Returns EXIT_USAGE. */
int command_usage(const char *program, const char *why)
{
    if (why != NULL)
        (void)fprintf(stderr, "agentos: %s\n", why);
    (void)fprintf(stderr, "see `%s --help`\n", program);
    return EXIT_USAGE;
}

/* Prints the error. Returns EXIT_USAGE for INVALID, otherwise EXIT_FAILED. */
int command_fail(const agentos_error *err)
{
    output_line(stderr, "agentos: ", err->message);
    return err->status == AGENTOS_INVALID ? EXIT_USAGE : EXIT_FAILED;
}

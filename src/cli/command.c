/* Dispatches commands and reports their errors. */
#include "cli/cli.h"

#include "base/arena.h"
#include "base/ensure.h"
#include "cli/arguments.h"
#include "cli/output.h"

static void print_table(FILE *out, const struct command_group *group)
{
    (void)fprintf(out, "usage: %s COMMAND [ARGUMENT]...\n\n", group->program);
    for (size_t i = 0; i < group->count; i++)
        (void)fprintf(out, "  %-10s %s\n", group->commands[i].name, group->commands[i].summary);
    (void)fprintf(out, "\n`%s COMMAND --help` says more.\n\nExamples:\n%s", group->program,
                  group->examples);
}

/* Prints that there is no such command, and the nearest one. Returns EXIT_USAGE. */
static int refuse_command(const struct command_group *group, const char *typed)
{
    AUTO(arena) *a = arena_new();
    const char **names = arena_array(a, group->count, sizeof(*names));

    for (size_t i = 0; i < group->count; i++)
        names[i] = group->commands[i].name;
    return argument_unknown(group->program, "command", typed, names, group->count,
                            arena_printf(a, "see `%s --help`", group->program));
}

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

/* Runs `COMMAND... --help` for `help COMMAND...`, in place. */
static int print_help_of(const struct command_group *group, int argc, char **argv)
{
    static char option[] = "--help";

    ensure(argc > 2);
    memmove(&argv[1], &argv[2], (size_t)(argc - 2) * sizeof(argv[0]));
    argv[argc - 1] = option;
    return command_dispatch(group, argc, argv);
}

/* Runs the command named by argv[1], or prints the list of commands. */
int command_dispatch(const struct command_group *group, int argc, char **argv)
{
    static const char *const help_words[] = { "--help", "-h", "help", NULL };

    ensure(group->count > 0 && group->examples != NULL);
    if (argc < 2) {
        print_table(stderr, group);
        return EXIT_USAGE;
    }
    if (argc > 2 && strcmp(argv[1], "help") == 0)
        return print_help_of(group, argc, argv);
    if (is_one_of(argv[1], help_words)) {
        print_table(stdout, group);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < group->count; i++)
        if (strcmp(argv[1], group->commands[i].name) == 0)
            return group->commands[i].run(argc - 1, argv + 1);
    return refuse_command(group, argv[1]);
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

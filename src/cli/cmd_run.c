/* Implements `agentos run`. */

#include "cli/agent_run.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/input.h"

static const char help[] =
    "usage: agentos run AGENT MESSAGE|- [OPTION]...\n"
    "\n"
    "Sends a message to an agent and prints the answer as it comes. - reads the message from\n"
    "standard input. Ctrl-C cancels the run on the server.\n"
    "\n" CALLER_HELP "  --session ID              continue this session, or begin one of this id\n"
    "  --no-stream               print the answer when it is complete\n"
    "  --json                    print the server's events, one on each line, or the run as one\n"
    "                            object with --no-stream\n"
    "\n"
    "Exit 0: the run completed; 1: it failed, or the server refused it; 2: usage; 130: Ctrl-C.\n"
    "\n"
    "Examples:\n"
    "  agentos run echo 'What is new?'\n"
    "  git diff | agentos run reviewer - --session review-7\n"
    "  AGENTOS_URL=https://os.example.com AGENTOS_TOKEN=$PAT agentos run echo Hello --json\n";

struct run_flags {
    struct caller_flags caller;
    struct run_order order;
};

// clang-format off
static const struct option run_options[] = {
    CALLER_OPTIONS,
    { "session",   required_argument, NULL, 'S' },
    { "no-stream", no_argument,       NULL, 'n' },
    { "json",      no_argument,       NULL, 'j' },
    { "help",      no_argument,       NULL, 'h' },
    { NULL,        0,                 NULL, 0 },
};
// clang-format on

static int usage(const char *why)
{
    return command_usage("agentos run", why);
}

/* Stores the value of one option. Returns false if it is unknown. */
static bool take_option(int option, const char *value, struct run_flags *flags)
{
    switch (option) {
    case 'S': flags->order.session = value; return true;
    case 'n': flags->order.whole = true; return true;
    case 'j': flags->order.json = true; return true;
    default: return caller_take_flag(option, value, &flags->caller);
    }
}

/* Sets the message: the argument, or standard input if that is "-", which `text` then holds. */
static agentos_status read_message(const char *argument, struct run_flags *flags, buf *text,
                                   agentos_error *err)
{
    flags->order.message = str_of(argument);
    if (strcmp(argument, "-") != 0)
        return AGENTOS_OK;
    if (caller_reads_input(&flags->caller))
        return fail(err, AGENTOS_INVALID,
                    "the message and the token cannot both be on standard input");
    TRY(input_read("-", text, err));
    flags->order.message = input_line(text);
    return AGENTOS_OK;
}

/* Runs the agent. Returns the exit status. */
static int run_agent(const char *agent, const char *message, struct run_flags *flags)
{
    AUTO(arena) *a = arena_new();
    AUTO_BUF text = buf_with_limit(BODY_MAX_BYTES);
    struct caller caller = { .agent = NULL };
    struct run_result result = { .is_interrupted = false };
    agentos_error err;

    agentos_status status = read_message(message, flags, &text, &err);
    if (status == AGENTOS_OK)
        status = caller_open(a, &flags->caller, agent, &caller, &err);
    if (status == AGENTOS_OK)
        status = agent_run(&caller, &flags->order, &result, &err);
    caller_close(&caller);
    if (result.is_interrupted) {
        (void)fputs("agentos: the run was cancelled\n", stderr);
        return EXIT_INTERRUPTED;
    }
    return status == AGENTOS_OK ? EXIT_DONE : command_fail(&err);
}

int cmd_run(int argc, char **argv)
{
    struct run_flags flags = { .order.json = false };

    for (int option; (option = argument_next("agentos run", argc, argv, run_options)) != -1;) {
        if (option == 'h') {
            (void)fputs(help, stdout);
            return EXIT_DONE;
        }
        if (!take_option(option, optarg, &flags))
            return usage(NULL);
    }
    if (argc - optind != 2)
        return usage("give an AGENT and one MESSAGE, or - for standard input");
    return run_agent(argv[optind], argv[optind + 1], &flags);
}

/* agentos serve: the command line into flags, flags into options, options into a running server. */
#include <getopt.h>

#include "base/limits.h"
#include "cli/cli.h"
#include "config/faults.h"
#include "os/options.h"
#include "os/serve.h"

static const char help[] =
    "usage: agentos serve [OPTION]...\n"
    "\n"
    "Serves the agents of a configuration until SIGTERM or SIGINT.\n"
    "\n"
    "  --config FILE    default: agentos.yaml, if there is one\n"
    "  --host HOST      where to listen; before AGENT_OS_HOST and `listen`\n"
    "  --port PORT      0 picks one; before AGENT_OS_PORT and `listen`\n"
    "  --loops N        event loops; default: one a core\n"
    "  --open           no authentication is meant, even on an address beyond this machine\n"
    "  --env-file FILE  default: .env beside the configuration, if there is one\n"
    "\n"
    "Exit 0: drained after a signal; 1: it could not run; 2: the configuration is refused.\n";

/* A server that was told of no agents is more often in the wrong folder than meant. */
static void warn_of_nothing(const struct options *options)
{
    if (options->file == NULL)
        (void)fputs("agentos: warning: no agentos.yaml in this folder, so there are no agents; "
                    "`agentos init` makes one\n",
                    stderr);
    else if (options->agent_count == 0)
        (void)fprintf(stderr, "agentos: warning: %s has no agents\n", options->file);
}

static int run(const struct option_flags *flags)
{
    AUTO(arena) *a = arena_new();
    struct options options;
    struct config_faults faults;
    agentos_error err;
    agentos_status status = options_check(flags, a, &options, &faults, &err);

    faults_print(&faults, stderr);
    if (status != AGENTOS_OK)
        return command_fail(&err);
    warn_of_nothing(&options);
    log_setup(options.log_level, options.log_format);
    return serve(&options, flags, &err) == AGENTOS_OK ? EXIT_DONE : command_fail(&err);
}

/* Whole, from least to most; otherwise -1. */
static int number_of(const char *text, int least, int most)
{
    int64_t number;

    return str_to_int(str_of(text), &number) && number >= least && number <= most ? (int)number
                                                                                  : -1;
}

/* What is wrong with this flag; NULL: nothing, or getopt_long has said it. */
static const char *take_flag(int option, const char *value, struct option_flags *flags)
{
    int loops;

    switch (option) {
    case 'c': flags->config = value; return NULL;
    case 'H': flags->host = value; return NULL;
    case 'e': flags->env_file = value; return NULL;
    case 'o': flags->open = true; return NULL;
    case 'p':
        flags->port = number_of(value, 0, UINT16_MAX);
        return flags->port < 0 ? "--port is a number from 0 to 65535" : NULL;
    default:
        loops = number_of(value, 1, LOOPS_MAX);
        flags->loops = loops > 0 ? (size_t)loops : 0;
        return loops < 0 ? "--loops is a number from 1 to 64" : NULL;
    }
}

int cmd_serve(int argc, char **argv)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' }, { "host", required_argument, NULL, 'H' },
        { "port", required_argument, NULL, 'p' },   { "loops", required_argument, NULL, 'l' },
        { "open", no_argument, NULL, 'o' },         { "env-file", required_argument, NULL, 'e' },
        { "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 },
    };
    struct option_flags flags = { .port = -1 };

    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        if (option == 'h') {
            (void)fputs(help, stdout);
            return EXIT_DONE;
        }
        const char *why = option != '?' ? take_flag(option, optarg, &flags) : NULL;
        if (option == '?' || why != NULL)
            return command_usage("agentos serve", why);
    }
    if (optind < argc)
        return command_usage("agentos serve", "an argument that means nothing");
    return run(&flags);
}

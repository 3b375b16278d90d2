/* Implements `agentos serve`. */

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/configured.h"
#include "cli/service_manager.h"
#include "config/faults.h"
#include "os/options.h"
#include "os/serve.h"

static const char help[] =
    "usage: agentos serve [OPTION]...\n"
    "\n"
    "Serves the agents of a configuration until SIGTERM or SIGINT.\n"
    "\n"
    "  --config FILE    default: agentos.yaml, if there is one; - reads standard input\n"
    "  --host HOST      where to listen; overrides AGENT_OS_HOST and `listen`\n"
    "  --port PORT      0 picks one; overrides AGENT_OS_PORT and `listen`\n"
    "  --loops N        event loops; default: one per core\n"
    "  --open           serve without authentication, even on an address beyond this machine, and\n"
    "                   without a configuration\n"
    "  --env-file FILE  default: .env beside the configuration, if there is one\n"
    "\n"
    "Exit 0: drained after a signal; 1: it could not run; 2: the configuration is refused.\n"
    "\n"
    "Examples:\n"
    "  agentos serve\n"
    "  agentos serve --config my-os/agentos.yaml --port 8080\n"
    "  agentos serve --host 0.0.0.0\n";

/* Rejects a folder without a configuration, which is probably the wrong one, unless --open. */
static agentos_status check_has_file(const struct options *options,
                                     const struct option_flags *flags, agentos_error *err)
{
    if (options->file != NULL || flags->open)
        return AGENTOS_OK;
    return fail(err, AGENTOS_INVALID,
                "no agentos.yaml in this folder, so there is nothing to serve; `agentos init` "
                "makes one, and --config names another");
}

/* Uses the socket of the service manager, if it passed one. The flags borrow its address. */
static agentos_status use_passed_socket(struct passed_socket *passed, struct option_flags *flags,
                                        agentos_error *err)
{
    TRY(passed_socket_find(passed, err));
    if (passed->fd == 0)
        return AGENTOS_OK;
    flags->listen_fd = passed->fd;
    flags->host = passed->host;
    flags->port = passed->port;
    return AGENTOS_OK;
}

/* Loads the configuration and serves until shutdown. Returns the exit status. */
static int load_and_serve(struct option_flags *flags)
{
    AUTO(arena) *a = arena_new();
    struct options options;
    struct config_faults faults;
    struct passed_socket passed;
    agentos_error err;

    if (use_passed_socket(&passed, flags, &err) != AGENTOS_OK)
        return command_fail(&err);
    if (configured_read_input(flags, a, &err) != AGENTOS_OK)
        return command_fail(&err);
    agentos_status status = options_check(flags, a, &options, &faults, &err);
    faults_print(&faults, stderr);
    if (status == AGENTOS_OK)
        status = check_has_file(&options, flags, &err);
    if (status != AGENTOS_OK)
        return command_fail(&err);
    configured_warn_if_no_agents(&options);
    log_setup(options.log_level, options.log_format);
    options.on_ready = service_manager_tell_ready;
    return serve(&options, flags, &err) == AGENTOS_OK ? EXIT_DONE : command_fail(&err);
}

/* Parses a number from min to max. Returns -1 if it is not one. */
static int parse_number(const char *text, int min, int max)
{
    int64_t number;

    ensure(min >= 0 && min <= max);
    if (!str_to_int(str_of(text), &number) || number < min || number > max)
        return -1;
    return (int)number;
}

/* Stores the value of one option. Returns NULL, or an error message. */
static const char *take_flag(int option, const char *value, struct option_flags *flags)
{
    int loops;

    switch (option) {
    case 'c': flags->config = value; return NULL;
    case 'H': flags->host = value; return NULL;
    case 'e': flags->env_file = value; return NULL;
    case 'o': flags->open = true; return NULL;
    case 'p':
        flags->port = parse_number(value, 0, UINT16_MAX);
        return flags->port < 0 ? "--port must be a number from 0 to 65535" : NULL;
    default: /* 'l' */
        ensure(option == 'l');
        loops = parse_number(value, 1, LOOPS_MAX);
        flags->loops = loops > 0 ? (size_t)loops : 0;
        return loops < 0 ? "--loops must be a number from 1 to 64" : NULL;
    }
}

// clang-format off
static const struct option options[] = {
    { "config",   required_argument, NULL, 'c' },
    { "env-file", required_argument, NULL, 'e' },
    { "host",     required_argument, NULL, 'H' },
    { "port",     required_argument, NULL, 'p' },
    { "loops",    required_argument, NULL, 'l' },
    { "open",     no_argument,       NULL, 'o' },
    { "help",     no_argument,       NULL, 'h' },
    { NULL,       0,                 NULL, 0 },
};
// clang-format on

int cmd_serve(int argc, char **argv)
{
    struct option_flags flags = { .port = -1 };

    for (int option; (option = argument_next("agentos serve", argc, argv, options)) != -1;) {
        if (option == 'h') {
            (void)fputs(help, stdout);
            return EXIT_DONE;
        }
        if (option == '?')
            return command_usage("agentos serve", NULL);
        const char *error = take_flag(option, optarg, &flags);
        if (error != NULL)
            return command_usage("agentos serve", error);
    }
    if (optind < argc)
        return argument_unexpected("agentos serve", argv[optind], true);
    mem_set_trim_threshold();
    return load_and_serve(&flags);
}

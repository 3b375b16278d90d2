/* Implements `agentos reload`, which checks a configuration and then has the running server read it
 * again. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>

#include "base/ensure.h"
#include "cli/cli.h"
#include "config/faults.h"
#include "os/options.h"
#include "store/lock.h"

static const char help[] =
    "usage: agentos reload [--config FILE] [--pid N] [--no-check]\n"
    "\n"
    "Checks the configuration as `agentos config check` does, and has the running server read it\n"
    "again, as SIGHUP does. With faults, the server is left alone. No request is interrupted. The\n"
    "server is the one on this machine that serves the configuration's database.\n"
    "\n"
    "  --config FILE  default: agentos.yaml, if there is one\n"
    "  --pid N        the server's process\n"
    "  --no-check     for a server that was started with other options or variables than this\n"
    "                 command; it checks the configuration itself, and logs its faults\n"
    "\n"
    "Exit 0: the server was told; 1: there is no such server; 2: the configuration has faults.\n";

struct reload_flags {
    const char *config;
    long pid; /* 0: not given */
    bool is_unchecked;
};

/* Finds the process that serves the database of the configuration. */
static agentos_status find_server(const struct options *options, long *pid, agentos_error *err)
{
    static const str scheme = STR_INIT("sqlite:");

    ensure(options->database != NULL);
    if (!str_starts(str_of(options->database), scheme))
        return fail(err, AGENTOS_INVALID,
                    "the configuration's database is not a file, by which the server could be "
                    "found; give --pid");
    return lock_find_holder(options->database + scheme.len, pid, err);
}

/* Reads the configuration and prints its faults, unless only --pid counts. *pid is the server's. */
static agentos_status check_and_find(const struct reload_flags *flags, long *pid,
                                     agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    const struct option_flags given = { .config = flags->config, .port = -1 };
    struct options options = { .file = NULL };
    struct config_faults faults = { 0 };

    *pid = flags->pid;
    if (flags->is_unchecked && flags->pid != 0)
        return AGENTOS_OK;
    agentos_status status = flags->is_unchecked ? options_load(&given, a, &options, &faults, err)
                                                : options_check(&given, a, &options, &faults, err);
    faults_print(&faults, stderr);
    if (status != AGENTOS_OK || flags->pid != 0)
        return status;
    return find_server(&options, pid, err);
}

static agentos_status reload(const struct reload_flags *flags, agentos_error *err)
{
    long pid;

    TRY(check_and_find(flags, &pid, err));
    ensure(pid > 0); /* kill(2) gives 0 and negative numbers another meaning */
    if (kill((pid_t)pid, SIGHUP) != 0)
        return fail(err, AGENTOS_NOT_FOUND, "the process %ld cannot be told: %s", pid,
                    strerror(errno));
    (void)printf(
        "the server (process %ld) reads its configuration again; its log says what came of it\n",
        pid);
    return AGENTOS_OK;
}

/* Reads the number of a process. Returns 0 if it is not one. */
static long parse_pid(const char *text)
{
    int64_t number;

    if (!str_to_int(str_of(text), &number) || number < 1 || number > INT32_MAX)
        return 0;
    return (long)number;
}

// clang-format off
static const struct option reload_options[] = {
    { "config",   required_argument, NULL, 'c' },
    { "pid",      required_argument, NULL, 'p' },
    { "no-check", no_argument,       NULL, 'n' },
    { "help",     no_argument,       NULL, 'h' },
    { NULL,       0,                 NULL, 0 },
};
// clang-format on

/* Implements `agentos reload`. */
int cmd_reload(int argc, char **argv)
{
    struct reload_flags flags = { .pid = 0 };
    agentos_error err;

    for (int option; (option = getopt_long(argc, argv, "h", reload_options, NULL)) != -1;) {
        switch (option) {
        case 'c': flags.config = optarg; break;
        case 'n': flags.is_unchecked = true; break;
        case 'p':
            flags.pid = parse_pid(optarg);
            if (flags.pid == 0)
                return command_usage("agentos reload", "--pid must be the number of a process");
            break;
        case 'h': (void)fputs(help, stdout); return EXIT_DONE;
        default: return command_usage("agentos reload", NULL);
        }
    }
    if (optind < argc)
        return command_usage("agentos reload", "it takes no arguments");
    return reload(&flags, &err) == AGENTOS_OK ? EXIT_DONE : command_fail(&err);
}

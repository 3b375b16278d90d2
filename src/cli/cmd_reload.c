/* Implements `agentos reload`. */
#include <errno.h>
#include <signal.h>

#include "base/ensure.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/configured.h"
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
    "Exit 0: the server was told; 1: there is no such server; 2: the configuration has faults.\n"
    "\n"
    "Examples:\n"
    "  agentos reload\n"
    "  agentos reload --config /etc/agentos/agentos.yaml\n";

struct reload_flags {
    const char *config;
    long pid; /* 0: not given */
    bool no_check;
};

/* Finds the process that holds the lock of the configured database. */
static agentos_status find_holder(const struct options *options, long *pid, agentos_error *err)
{
    static const str scheme = STR_INIT("sqlite:");

    ensure(options->database != NULL);
    if (!str_starts(str_of(options->database), scheme))
        return fail(err, AGENTOS_INVALID,
                    "cannot find the server: its database is not a file; give --pid");
    return lock_find_holder(options->database + scheme.len, pid, err);
}

/* Loads the configuration, checks it unless --no-check is given, and prints its errors. */
static agentos_status load_options(const struct reload_flags *flags, arena *a, struct options *out,
                                   agentos_error *err)
{
    struct option_flags given = { .config = flags->config, .port = -1 };
    struct config_faults faults = { 0 };

    TRY(configured_read_input(&given, a, err));
    agentos_status status = flags->no_check ? options_load(&given, a, out, &faults, err)
                                            : options_check(&given, a, out, &faults, err);
    faults_print(&faults, stderr);
    return status;
}

/* Checks the configuration and finds the server. With both --pid and --no-check, reads no file. */
static agentos_status find_server(const struct reload_flags *flags, long *pid, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    struct options options = { .file = NULL };
    bool has_pid = flags->pid != 0;

    *pid = flags->pid;
    if (!has_pid || !flags->no_check)
        TRY(load_options(flags, a, &options, err));
    return has_pid ? AGENTOS_OK : find_holder(&options, pid, err);
}

/* Sends SIGHUP to the server. */
static agentos_status reload(const struct reload_flags *flags, agentos_error *err)
{
    long pid;

    TRY(find_server(flags, &pid, err));
    ensure(pid > 0); /* kill(2) signals process groups otherwise */
    if (kill((pid_t)pid, SIGHUP) != 0)
        return fail(err, AGENTOS_NOT_FOUND, "cannot signal process %ld: %s", pid, strerror(errno));
    (void)printf("process %ld is reloading its configuration; see its log for the result\n", pid);
    return AGENTOS_OK;
}

/* Parses a process ID. Returns 0 if it is not valid. */
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

int cmd_reload(int argc, char **argv)
{
    struct reload_flags flags = { .pid = 0 };
    agentos_error err;

    for (int option;
         (option = argument_next("agentos reload", argc, argv, reload_options)) != -1;) {
        switch (option) {
        case 'c': flags.config = optarg; break;
        case 'n': flags.no_check = true; break;
        case 'p':
            flags.pid = parse_pid(optarg);
            if (flags.pid == 0)
                return command_usage("agentos reload", "--pid must be a process ID");
            break;
        case 'h': (void)fputs(help, stdout); return EXIT_DONE;
        default: return command_usage("agentos reload", NULL);
        }
    }
    if (optind < argc)
        return argument_unexpected("agentos reload", argv[optind], true);
    return reload(&flags, &err) == AGENTOS_OK ? EXIT_DONE : command_fail(&err);
}

/* Implements `agentos health`. */

#include "base/ensure.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/configured.h"
#include "cli/remote.h"

static const char help[] =
    "usage: agentos health [--url U | --config FILE]\n"
    "\n"
    "Asks a server for GET /-/ready: whether it has started, is not shutting down, and can write\n"
    "its database. Without --url and AGENTOS_URL, the server of this machine that the\n"
    "configuration describes.\n"
    "The route is open to everybody, unless `excluded_routes` lists others without it.\n"
    "\n"
    "  --url U        where the server is, such as http://127.0.0.1:7777; default: AGENTOS_URL\n"
    "  --config FILE  default: agentos.yaml, if there is one\n"
    "\n"
    "Exit 0: it takes requests; 1: it does not, or does not answer; 2: usage.\n"
    "\n"
    "Examples:\n"
    "  agentos health\n"
    "  agentos health --url http://127.0.0.1:7777\n";

/* Returns the address to connect to for a server that listens on this host. */
static const char *reachable_host(const char *host)
{
    ensure(host != NULL);
    if (strcmp(host, "0.0.0.0") == 0)
        return "127.0.0.1";
    return strcmp(host, "::") == 0 ? "::1" : host;
}

/* Sets *url to the address of the configured server. Fails with INVALID if its port is 0. */
static agentos_status read_own_url(const char *config, arena *a, const char **url,
                                   agentos_error *err)
{
    struct options options;

    TRY(configured_options(config, a, &options, err));
    if (options.port == 0)
        return fail(err, AGENTOS_INVALID, "the configuration has no fixed port; give --url");
    const char *host = reachable_host(options.host);
    bool is_ipv6 = strchr(host, ':') != NULL;
    *url = arena_printf(a, "http://%s%s%s:%u", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "",
                        options.port);
    return AGENTOS_OK;
}

/* Requests /-/ready from the URL, or from the configured server if it is NULL. */
static agentos_status check_ready(const char *config, const char *url, arena *a, agentos_error *err)
{
    const json_t *answer;
    struct remote_flags flags = { .url = url, .is_public = true, .allow_http = true };
    struct remote remote = { .url = NULL };

    if (url == NULL)
        TRY(read_own_url(config, a, &flags.url, err));
    agentos_status status = remote_open(a, &flags, &remote, err);
    if (status == AGENTOS_OK)
        status =
            remote_call(&remote, a, &(struct remote_request){ .method = GET, .path = "/-/ready" },
                        &answer, err);
    remote_close(&remote);
    return status;
}

struct health_flags {
    const char *url, *config;
};

/* Prints `why` unless it is NULL, and sets *code. Returns false. */
static bool refuse_usage(const char *why, int *code)
{
    *code = command_usage("agentos health", why);
    return false;
}

/* Prints that the argument is unexpected, and sets *code. Returns false. */
static bool refuse_argument(const char *argument, int *code)
{
    *code = argument_unexpected("agentos health", argument, true);
    return false;
}

// clang-format off
static const struct option options[] = {
    { "url",    required_argument, NULL, 'u' },
    { "config", required_argument, NULL, 'c' },
    { "help",   no_argument,       NULL, 'h' },
    { NULL,     0,                 NULL, 0 },
};
// clang-format on

/* Parses the arguments. Returns false with the exit status in *code if the command ends here,
 * because of --help or wrong usage. */
static bool read_arguments(int argc, char **argv, struct health_flags *flags, int *code)
{
    for (int option; (option = argument_next("agentos health", argc, argv, options)) != -1;) {
        switch (option) {
        case 'u': flags->url = optarg; break;
        case 'c': flags->config = optarg; break;
        case 'h':
            (void)fputs(help, stdout);
            *code = EXIT_DONE;
            return false;
        default: return refuse_usage(NULL, code);
        }
    }
    if (optind < argc)
        return refuse_argument(argv[optind], code);
    if (flags->url != NULL && flags->config != NULL)
        return refuse_usage("--url and --config are mutually exclusive", code);
    return true;
}

int cmd_health(int argc, char **argv)
{
    struct health_flags flags = { .url = NULL };
    AUTO(arena) *a = arena_new();
    agentos_error err;
    int code;

    if (!read_arguments(argc, argv, &flags, &code))
        return code;
    if (flags.url == NULL && flags.config == NULL)
        flags.url = remote_url_of_environment();
    if (check_ready(flags.config, flags.url, a, &err) != AGENTOS_OK)
        return command_fail(&err);
    (void)puts("ready");
    return EXIT_DONE;
}

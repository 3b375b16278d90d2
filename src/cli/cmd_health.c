/* Implements `agentos health`. */
#include <getopt.h>

#include "base/ensure.h"
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
    "Exit 0: it takes requests; 1: it does not, or does not answer; 2: usage.\n";

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

int cmd_health(int argc, char **argv)
{
    static const struct option options[] = {
        { "url", required_argument, NULL, 'u' },
        { "config", required_argument, NULL, 'c' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    const char *url = NULL, *config = NULL;
    AUTO(arena) *a = arena_new();
    agentos_error err;

    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (option) {
        case 'u': url = optarg; break;
        case 'c': config = optarg; break;
        case 'h': (void)fputs(help, stdout); return EXIT_DONE;
        default: return command_usage("agentos health", NULL);
        }
    }
    if (optind < argc)
        return command_usage("agentos health", "unexpected argument");
    if (url != NULL && config != NULL)
        return command_usage("agentos health", "--url and --config are mutually exclusive");
    if (url == NULL && config == NULL)
        url = remote_url_of_environment();
    if (check_ready(config, url, a, &err) != AGENTOS_OK)
        return command_fail(&err);
    (void)puts("ready");
    return EXIT_DONE;
}

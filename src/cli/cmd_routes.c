/* agentos routes: the route table, for people and for programs. It asks no server. */
#include <getopt.h>

#include "api/routes.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "os/faults.h"
#include "json/writer.h"

static const char help[] =
    "usage: agentos routes [--config FILE] [--json]\n"
    "\n"
    "Prints every route with what it takes to call it. A gate is a second scope that the route\n"
    "demands for the resource in its path.\n"
    "\n"
    "  --config FILE  check FILE first, and refuse what `agentos serve` would refuse\n"
    "  --json         [{method,pattern,public,scopes,gate,built}]\n";

static void write_route(writer *w, const struct route *route)
{
    write_object(w);
    write_member(w, "method", method_name(route->method));
    write_member(w, "pattern", route->pattern);
    write_member_bool(w, "public", route->access.kind == ACCESS_PUBLIC);
    write_key(w, "scopes");
    write_array(w);
    if (route->access.scope != NULL)
        write_string(w, route->access.scope);
    write_end(w);
    write_member(w, "gate", route->access.gate);
    write_member_bool(w, "built", route->answer != NULL);
    write_end(w);
}

static void print_json(void)
{
    AUTO_BUF text = buf_with_limit(MiB);
    writer w = { .out = &text };

    write_array(&w);
    for (size_t i = 0; i < route_count; i++)
        write_route(&w, &routes[i]);
    write_end(&w);
    (void)printf("%s\n", text.ptr);
}

static void print_access(const struct access *access)
{
    if (access->kind == ACCESS_PUBLIC)
        (void)printf("public");
    else if (access->kind == ACCESS_TOKEN)
        (void)printf("any valid token");
    else if (access->scope == NULL)
        (void)printf("gate %s", access->gate);
    else
        (void)printf("%s%s%s", access->scope, access->gate != NULL ? ", gate " : "",
                     access->gate != NULL ? access->gate : "");
}

static void print_table(void)
{
    for (size_t i = 0; i < route_count; i++) {
        (void)printf("%-7s %-55s ", method_name(routes[i].method), routes[i].pattern);
        print_access(&routes[i].access);
        (void)printf("%s\n", routes[i].answer == NULL ? "  (not built)" : "");
    }
}

/* true: nothing was given, or it can be served. */
static bool is_acceptable(const char *config)
{
    const struct option_flags flags = { .config = config, .port = -1 };
    AUTO(arena) *a = arena_new();
    struct options options;
    struct config_faults faults;
    agentos_error err;

    if (config == NULL || options_load(&flags, a, &options, &faults, &err) == AGENTOS_OK)
        return true;
    faults_print(&faults, stderr);
    return false;
}

int cmd_routes(int argc, char **argv)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' },
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    const char *config = NULL;
    bool as_json = false;

    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (option) {
        case 'c': config = optarg; break;
        case 'j': as_json = true; break;
        case 'h': (void)fputs(help, stdout); return EXIT_DONE;
        default: return command_usage("agentos routes", NULL);
        }
    }
    if (optind < argc)
        return command_usage("agentos routes", "an argument that means nothing");
    if (!is_acceptable(config))
        return EXIT_USAGE;
    (as_json ? print_json : print_table)();
    return EXIT_DONE;
}

/* Implements `agentos routes`, which prints the route table. */

#include "api/routes.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/configured.h"
#include "web/policy.h"
#include "json/writer.h"

static const char help[] =
    "usage: agentos routes [--config FILE] [--surface NAME] [--all] [--json]\n"
    "\n"
    "Prints every route that this version serves, with what it takes to call it. A gate is a\n"
    "second scope that the route demands for the resource in its path.\n"
    "\n"
    "  --config FILE  as this configuration has it: scope_mappings and excluded_routes applied\n"
    "  --surface NAME of this server: agentos, the default, is the only one so far\n"
    "  --all          also what the contract has and this version does not: such routes answer "
    "501\n"
    "  --json         all routes: [{method,pattern,public,scopes,gate,built,surface}]\n"
    "\n"
    "Examples:\n"
    "  agentos routes\n"
    "  agentos routes --config agentos.yaml --all\n"
    "  agentos routes --json\n";

/* What to print: the implemented routes, those and the missing ones, or all as JSON. */
enum listing { LIST_BUILT, LIST_ALL, LIST_JSON };

/* The values of --surface. */
static const struct surface *const surfaces[] = { &agentos_surface };

/* Writes a route as a JSON object. */
static void write_route(writer *w, const struct surface *surface, const struct route *route)
{
    const struct access *access = policy_access(surface->policy, route);
    str rest = str_of(access->scope), scope;

    write_object(w);
    write_member(w, "method", method_name(route->method));
    write_member(w, "pattern", route->pattern);
    write_member_bool(w, "public", access->kind == ACCESS_PUBLIC);
    write_member_bool(w, "any_token", access->kind == ACCESS_TOKEN);
    write_member_bool(w, "admin", access->kind == ACCESS_ADMIN);
    write_key(w, "scopes");
    write_array(w);
    while (access_next(&rest, &scope))
        write_str(w, scope);
    write_end(w);
    write_member(w, "gate", access->gate);
    write_member_bool(w, "built", route->answer != NULL);
    write_member(w, "surface", surface->name);
    write_end(w);
}

/* Prints the routes as a JSON list. */
static void print_json(const struct surface *surface)
{
    AUTO_BUF text = buf_with_limit(MiB);
    writer w = { .out = &text };

    write_array(&w);
    for (size_t i = 0; i < surface->count; i++)
        write_route(&w, surface, &surface->rows[i]);
    write_end(&w);
    (void)printf("%s\n", text.ptr);
}

/* Prints what a route requires of its callers. */
static void print_access(const struct policy *policy, const struct route *route)
{
    const struct access *access = policy_access(policy, route);

    if (access->kind == ACCESS_PUBLIC)
        (void)printf("%s", policy_is_opened(policy, route) ? "public, by configuration" : "public");
    else if (access->kind == ACCESS_TOKEN)
        (void)printf("any valid token");
    else if (access->kind == ACCESS_ADMIN)
        (void)printf("the admin scope");
    else if (access->scope == NULL)
        (void)printf("gate %s", access->gate);
    else
        (void)printf("%s%s%s", access->scope, access->gate != NULL ? ", gate " : "",
                     access->gate != NULL ? access->gate : "");
}

/* Prints a table of the routes that are implemented, or of those that are not. */
static void print_table(const struct surface *surface, bool built)
{
    (void)printf("%-7s %-60s %s\n", "METHOD", "PATH", "DEMANDS");
    for (size_t i = 0; i < surface->count; i++) {
        const struct route *row = &surface->rows[i];

        if ((row->answer != NULL) != built)
            continue;
        (void)printf("%-7s %-60s ", method_name(row->method), row->pattern);
        print_access(surface->policy, row);
        (void)printf("\n");
    }
}

/* Prints what the API describes and this version does not implement. */
static void print_unbuilt(const struct surface *surface)
{
    (void)printf("\nNot built; these routes answer 501:\n");
    print_table(surface, false);
    if (surface->absent_count > 0)
        (void)printf("\nNot built, and without routes here:\n");
    for (size_t i = 0; i < surface->absent_count; i++)
        (void)printf("%-16s %s\n", surface->absent[i].name, surface->absent[i].what);
}

/* Applies the configuration to the routes and prints its warnings. *out is in the arena. */
static agentos_status make_policy(const struct surface *surface, const char *config, arena *a,
                                  struct policy *out, agentos_error *err)
{
    struct options options;

    ensure(config != NULL);
    TRY(configured_options(config, a, &options, err));
    TRY(policy_make(surface, &options.policy, a, out, err));
    for (size_t i = 0; i < out->warning_count; i++)
        (void)fprintf(stderr, "%s: warning: %s: %s\n", config, out->warnings[i].option,
                      out->warnings[i].sentence);
    return AGENTOS_OK;
}

/* Prints the routes, by default without any configuration. Returns the exit status. */
static int print_routes(const struct surface *from, const char *config, enum listing listing)
{
    AUTO(arena) *a = arena_new();
    struct surface surface = *from;
    struct policy policy;
    agentos_error err;

    if (config != NULL && make_policy(from, config, a, &policy, &err) != AGENTOS_OK)
        return command_fail(&err);
    if (config != NULL)
        surface.policy = &policy;
    if (listing == LIST_JSON)
        print_json(&surface);
    else
        print_table(&surface, true);
    if (listing == LIST_ALL)
        print_unbuilt(&surface);
    return EXIT_DONE;
}

/* Returns the surface of this name. Prints the nearest one and returns NULL if there is none. */
static const struct surface *find_surface(const char *name)
{
    const char *names[COUNT(surfaces)];

    for (size_t i = 0; i < COUNT(surfaces); i++) {
        if (strcmp(surfaces[i]->name, name) == 0)
            return surfaces[i];
        names[i] = surfaces[i]->name;
    }
    (void)argument_unknown("agentos routes", "surface", name, names, COUNT(names), NULL);
    return NULL; /* the caller returns EXIT_USAGE */
}

// clang-format off
static const struct option routes_options[] = {
    { "config",  required_argument, NULL, 'c' },
    { "surface", required_argument, NULL, 's' },
    { "all",     no_argument,       NULL, 'a' },
    { "json",    no_argument,       NULL, 'j' },
    { "help",    no_argument,       NULL, 'h' },
    { NULL,      0,                 NULL, 0 },
};
// clang-format on

int cmd_routes(int argc, char **argv)
{
    const struct surface *surface = &agentos_surface;
    const char *config = NULL;
    enum listing listing = LIST_BUILT;

    for (int option;
         (option = argument_next("agentos routes", argc, argv, routes_options)) != -1;) {
        switch (option) {
        case 'c': config = optarg; break;
        case 's': surface = find_surface(optarg); break;
        case 'a': listing = LIST_ALL; break;
        case 'j': listing = LIST_JSON; break;
        case 'h': (void)fputs(help, stdout); return EXIT_DONE;
        default: return command_usage("agentos routes", NULL);
        }
    }
    if (optind < argc)
        return argument_unexpected("agentos routes", argv[optind], true);
    if (surface == NULL)
        return command_usage("agentos routes", NULL);
    return print_routes(surface, config, listing);
}

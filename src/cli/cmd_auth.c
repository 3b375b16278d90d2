/* agentos auth explain: what the server would decide about a request, step by step, and what would
 * change it. The steps come from the deciding code itself; nothing is served, stored or fetched. */
#include <getopt.h>

#include "api/routes.h"
#include "auth/authority.h"
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/input.h"
#include "cli/output.h"
#include "http/target.h"
#include "os/faults.h"

static const char help[] =
    "usage: agentos auth explain [--config FILE] METHOD PATH TOKEN|-\n"
    "\n"
    "Says whether a request with this token would be allowed, each step of the decision, and what\n"
    "would change it. - reads the token from standard input; an empty one asks without a token.\n"
    "\n"
    "  --config FILE  default: agentos.yaml in this directory\n"
    "\n"
    "Exit 0: allowed; 1: refused; 2: usage, or a configuration that cannot be read.\n";

struct question {
    const char *config, *method, *target, *token;
};

/* What the client would be told; status 0: nothing, he may pass. */
struct verdict {
    int status;
    const char *detail;
};

static struct verdict refused(arena *a, const agentos_error *err)
{
    return (struct verdict){ agentos_status_http(err->status),
                             arena_copy(a, str_of(err->message)) };
}

static const char *demand_of(arena *a, const struct access *access)
{
    if (access->kind == ACCESS_PUBLIC)
        return "public";
    if (access->kind == ACCESS_TOKEN)
        return "any valid token";
    if (access->scope == NULL || access->gate == NULL || strcmp(access->scope, access->gate) == 0)
        return access->scope != NULL ? access->scope : access->gate;
    return arena_printf(a, "%s and %s", access->scope, access->gate);
}

static void explain_route(struct explanation *why, enum match match, const struct route *row)
{
    if (match == MATCH_NONE)
        explain(why, "route", false, "no such path, which only the holder of a token is told");
    else if (match == MATCH_OTHER_METHOD)
        explain(why, "route", false, "%s takes other methods", row->pattern);
    else
        explain(why, "route", true, "%s %s asks for: %s", method_name(row->method), row->pattern,
                demand_of(why->arena, &row->access));
}

/* A per-resource scope is the narrower way, where the path names a resource. */
static void advise_scopes(struct explanation *why, const struct access *access, str id)
{
    const char *demand = demand_of(why->arena, access);
    struct scope last = { 0 };

    if (id.len == 0 ||
        !scope_parse(str_of(access->gate != NULL ? access->gate : access->scope), &last))
        explain_advice(why, "give the token the scope %s", demand);
    else
        explain_advice(why, "give the token the scope %s, or for this one alone %.*s:%.*s:%.*s",
                       demand, (int)last.resource.len, last.resource.ptr, (int)id.len, id.ptr,
                       (int)last.action.len, last.action.ptr);
}

static struct verdict decide_access(const struct route *row, const struct params *params,
                                    const struct principal *principal, struct explanation *why)
{
    str id = route_resource_id(params);
    agentos_error err;

    if (authorize(&row->access, principal, id, &err) == AGENTOS_OK) {
        explain(why, "access", true, "%s",
                row->access.kind == ACCESS_PUBLIC ? "open to everybody"
                                                  : "the caller holds what the route asks for");
        return (struct verdict){ 0, NULL };
    }
    explain(why, "access", false, "%s", err.message);
    advise_scopes(why, &row->access, id);
    return refused(why->arena, &err);
}

static bool needs_token(const struct request *request, const struct route *row)
{
    return request->method != OPTIONS && (row == NULL || row->access.kind != ACCESS_PUBLIC);
}

/* The order of the server: the path is looked up first, but answers only after authentication. */
static struct verdict decide(const struct authority *authority, const struct request *request,
                             struct explanation *why)
{
    static const struct principal anonymous = { .kind = PRINCIPAL_ANONYMOUS, .issuer = "" };
    const struct principal *principal = &anonymous;
    const struct route *row = NULL;
    struct params params;
    agentos_error err;

    if (!request->is_plain_path)
        return (struct verdict){ 400, "the path hides a separator or climbs" };
    enum match match = route_find(request->method, request->path, &params, &row);
    explain_route(why, match, row);
    if (needs_token(request, row) && authenticate(authority, NULL, request, clock_now_s(),
                                                  why->arena, why, &principal, &err) != AGENTOS_OK)
        return refused(why->arena, &err);
    if (match == MATCH_NONE)
        return (struct verdict){ 404, "Not Found" };
    if (match == MATCH_OTHER_METHOD)
        return (struct verdict){ 405, "Method Not Allowed" };
    return decide_access(row, &params, principal, why);
}

static int print_verdict(const struct explanation *why, struct verdict verdict)
{
    for (size_t i = 0; i < why->count; i++) {
        (void)printf("%-4s %-16s ", why->steps[i].passed ? "ok" : "no", why->steps[i].name);
        output_line(stdout, "", why->steps[i].detail);
    }
    if (verdict.status == 0) {
        (void)puts("allowed");
        return EXIT_DONE;
    }
    (void)printf("refused: %d ", verdict.status);
    output_line(stdout, "", verdict.detail);
    if (why->advice != NULL)
        output_line(stdout, "to pass: ", why->advice);
    return EXIT_FAILED;
}

/* The request that a client would send. */
static agentos_status make_request(arena *a, const struct question *question,
                                   struct request *request, agentos_error *err)
{
    struct header *header = arena_alloc(a, sizeof(*header));
    struct refusal why = { 0 };
    str token;

    TRY(input_token(a, question->token, &token, err));
    *header = (struct header){ STR("authorization"),
                               str_of(arena_printf(a, "Bearer %.*s", (int)token.len, token.ptr)) };
    *request = (struct request){
        .method = method_find(str_of(question->method)),
        .target = str_of(question->target),
        .headers = { header, token.len > 0 ? 1 : 0 },
    };
    if (request->method == METHOD_OTHER)
        return fail(err, AGENTOS_INVALID, "no method " QUOTED, QUOTE(str_of(question->method)));
    if (question->target[0] != '/' || !target_read(a, request, &why))
        return fail(err, AGENTOS_INVALID, "PATH begins with a slash");
    return AGENTOS_OK;
}

static agentos_status make_authority(const char *config, struct explanation *why,
                                     struct authority **out, agentos_error *err)
{
    const struct option_flags flags = { .config = config, .port = -1 };
    struct options options = { 0 };
    struct config_faults faults = { 0 };

    agentos_status status = options_load(&flags, why->arena, &options, &faults, err);
    faults_print(&faults, stderr);
    TRY(status);
    explain(why, "configuration", options.file != NULL, "%s",
            options.file != NULL ? options.file : "no agentos.yaml here: defaults and environment");
    options.authorization.os_id = options.id;
    return authority_new(&options.authorization, out, err);
}

static void release_authority(void *authority)
{
    authority_free(authority);
}

static int answer(const struct question *question)
{
    AUTO(arena) *a = arena_new();
    struct explanation why = { .arena = a };
    struct authority *authority;
    struct request request;
    agentos_error err;

    if (make_request(a, question, &request, &err) != AGENTOS_OK ||
        make_authority(question->config, &why, &authority, &err) != AGENTOS_OK)
        return command_fail(&err);
    arena_defer(a, release_authority, authority);
    return print_verdict(&why, decide(authority, &request, &why));
}

static int usage(const char *why)
{
    if (why != NULL)
        (void)fprintf(stderr, "agentos: %s\n", why);
    (void)fputs("see `agentos auth explain --help`\n", stderr);
    return EXIT_USAGE;
}

static int auth_explain(int argc, char **argv)
{
    static const struct option options[] = { { "config", required_argument, NULL, 'c' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    struct question question = { 0 };

    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (option) {
        case 'c': question.config = optarg; break;
        case 'h': (void)fputs(help, stdout); return EXIT_DONE;
        default: return usage(NULL);
        }
    }
    if (argc - optind != 3)
        return usage("give METHOD, PATH and TOKEN, or - for a token from standard input");
    question.method = argv[optind];
    question.target = argv[optind + 1];
    question.token = argv[optind + 2];
    return answer(&question);
}

int cmd_auth(int argc, char **argv)
{
    static const struct command commands[] = {
        { "explain", "how a request would be decided, and why", auth_explain },
    };

    return command_dispatch("agentos auth", commands, sizeof(commands) / sizeof(commands[0]), argc,
                            argv);
}

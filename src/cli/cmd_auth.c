/* Implements `agentos auth explain`, which evaluates a request without a server. */

#include "api/routes.h"
#include "auth/authority.h"
#include "base/ensure.h"
#include "base/mem.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/configured.h"
#include "cli/input.h"
#include "cli/output.h"
#include "web/explain.h"
#include "web/policy.h"

static const char help[] =
    "usage: agentos auth explain [--config FILE] METHOD PATH TOKEN|-\n"
    "\n"
    "Says whether a request with this token would be allowed, each step of the decision, and what\n"
    "would change it. - reads the token from standard input; an empty one asks without a token.\n"
    "\n"
    "  --config FILE  default: agentos.yaml in this directory\n"
    "\n"
    "Exit 0: allowed; 1: refused; 2: usage, or a configuration that cannot be read.\n"
    "\n"
    "Examples:\n"
    "  agentos auth explain GET /agents \"$TOKEN\"\n"
    "  agentos auth explain --config my-os/agentos.yaml POST /agents/echo/runs - < token\n";

/* The access rules and the agents of a configuration. */
struct judge {
    struct surface surface;
    struct policy policy;
    struct options options;
};

struct question {
    const char *config, *method, *target, *token;
};

/* Prints the steps, the verdict and the advice. Returns the exit status. */
static int print_verdict(const struct explanation *why, struct explain_verdict verdict)
{
    ensure(verdict.status == 0 || verdict.detail != NULL);
    for (size_t i = 0; i < why->count; i++) {
        const char *failed = verdict.status == 0 ? "-" : "no"; /* "-": something else decided */

        (void)printf("%-4s %-16s ", why->steps[i].passed ? "ok" : failed, why->steps[i].name);
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

static const char *upper_case(arena *a, const char *text)
{
    char *copy = arena_copy(a, str_of(text));

    for (char *c = copy; *c != '\0'; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    return copy;
}

/* Returns the path and the query of an http or https URL, or the text itself if it is none. */
static const char *path_of_url(const char *text)
{
    bool is_url = strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;

    if (!is_url)
        return text;
    const char *host = strstr(text, "://") + strlen("://");
    const char *path = strchr(host, '/');
    return path != NULL ? path : "/";
}

/* Builds the request as if a client on this machine had sent it. */
static agentos_status make_request(arena *a, const struct question *question,
                                   const struct judge *judge, struct request *request,
                                   agentos_error *err)
{
    struct explain_question asked = { .method = upper_case(a, question->method),
                                      .target = path_of_url(question->target) };

    TRY(input_token(a, question->token, &asked.token, err));
    return explain_request(a, &judge->surface, &asked, request, err);
}

static void release_authority(void *authority)
{
    authority_free(authority);
}

/* Loads the configuration and its access rules, and frees them with why->arena. */
static agentos_status make_judge(const char *config, struct explanation *why, struct judge *out,
                                 agentos_error *err)
{
    struct options *options = &out->options;

    ensure(why->arena != NULL);
    TRY(configured_options(config, why->arena, options, err));
    if (options->file != NULL)
        explain(why, "configuration", true, "%s", options->file);
    else
        explain(why, "configuration", false, "no agentos.yaml here: defaults and environment");
    options->authorization.os_id = options->id;
    out->surface = agentos_surface;
    TRY(authority_new(&options->authorization, &out->surface.authority, err));
    arena_defer(why->arena, release_authority, out->surface.authority);
    TRY(policy_make(&out->surface, &options->policy, why->arena, &out->policy, err));
    out->surface.policy = &out->policy;
    return AGENTOS_OK;
}

/* Returns the agent that the path names, such as "echo" in "/agents/echo/runs", or "". */
static str agent_in_path(str path)
{
    (void)str_split(&path, '/');
    str first = str_split(&path, '/');

    return str_equal(first, STR("agents")) ? str_split(&path, '/') : STR("");
}

/* Refuses a request that is allowed but names an agent that is not configured. */
static void check_agent(const struct options *options, const struct request *request,
                        struct explanation *why, struct explain_verdict *verdict)
{
    str id = agent_in_path(request->path);

    if (verdict->status != 0 || id.len == 0)
        return;
    for (size_t i = 0; i < options->agent_count; i++)
        if (str_equal(id, str_of(options->agents[i].id)))
            return;
    explain(why, "agent", false, "no agent " QUOTED " here: 404", QUOTE(id));
    *verdict = (struct explain_verdict){ 404, "Agent not found" };
}

/* Evaluates the request and prints the verdict. Returns the exit status. */
static int explain_question(const struct question *question)
{
    AUTO(arena) *a = arena_new();
    struct explanation why = { .arena = a };
    struct judge judge;
    struct request request;
    agentos_error err;

    ensure(question->method != NULL && question->target != NULL && question->token != NULL);
    if (make_judge(question->config, &why, &judge, &err) != AGENTOS_OK ||
        make_request(a, question, &judge, &request, &err) != AGENTOS_OK)
        return command_fail(&err);
    struct explain_verdict verdict = explain_decision(&judge.surface, &request, &why);
    check_agent(&judge.options, &request, &why, &verdict);
    return print_verdict(&why, verdict);
}

static int usage(const char *why)
{
    return command_usage("agentos auth explain", why);
}

static int auth_explain(int argc, char **argv)
{
    static const struct option options[] = { { "config", required_argument, NULL, 'c' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    struct question question = { 0 };

    for (int option; (option = argument_next("agentos auth explain", argc, argv, options)) != -1;) {
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
    return explain_question(&question);
}

int cmd_auth(int argc, char **argv)
{
    static const struct command commands[] = {
        { "explain", "how a request would be decided, and why", auth_explain },
    };
    static const struct command_group group = {
        .program = "agentos auth",
        .commands = commands,
        .count = COUNT(commands),
        .examples = "  agentos auth explain GET /agents \"$TOKEN\"\n"
                    "  agentos auth explain POST /agents/echo/runs - < token\n",
    };

    return command_dispatch(&group, argc, argv);
}

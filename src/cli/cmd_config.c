/* Implements `agentos config check` and `agentos config schema`. */

#include "auth/authority.h"
#include "auth/issuer/preset.h"
#include "base/ensure.h"
#include "base/mem.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/configured.h"
#include "config/faults.h"
#include "os/options.h"
#include "os/summary.h"

static const char check_help[] =
    "usage: agentos config check [OPTION]... [FILE]\n"
    "\n"
    "Reads FILE (default: agentos.yaml), the environment and the .env beside FILE as `agentos "
    "serve`\n"
    "would, tries all that it would make of them, and prints every fault as\n"
    "FILE:LINE:COL: key: sentence. Nothing is served, created or fetched.\n"
    "\n"
    "  --config FILE    the same as FILE alone; - reads standard input\n"
    "  --env-file FILE  instead of the .env beside FILE\n"
    "  --host HOST      as if it were given to `agentos serve`\n"
    "  --open           the same\n"
    "\n"
    "Exit 0: it can be served; 2: not.\n"
    "\n"
    "Examples:\n"
    "  agentos config check\n"
    "  agentos config check my-os/agentos.yaml --open\n";

static const char schema_help[] = "usage: agentos config schema\n"
                                  "\n"
                                  "Prints the JSON Schema (draft 2020-12) of agentos.yaml.\n"
                                  "\n"
                                  "Examples:\n"
                                  "  agentos config schema > agentos.schema.json\n"
                                  "  agentos config schema | less\n";

/* Prints the options of an issuer, one per line, including those of its preset. */
static void print_issuer(const struct issuer_options *issuer)
{
    AUTO(arena) *a = arena_new();
    AUTO_BUF text = buf_with_limit(MiB);
    struct issuer_options expanded;

    if (preset_expand(issuer, a, &expanded, NULL) != AGENTOS_OK)
        return; /* unreachable: options_check has expanded it already */
    issuer_options_write(&expanded, &text);
    str rest = buf_view(&text);
    for (const char *label = "issuer"; rest.len > 0; label = "") {
        str line = str_split(&rest, '\n');

        (void)printf("  %-14s %.*s\n", label, (int)line.len, line.ptr);
    }
}

/* Prints who may call the server. */
static void print_authorization(const struct options *options)
{
    AUTO_BUF text = buf_with_limit(MiB);

    summarize_authorization(options, "\n", &text);
    for (str rest = buf_view(&text); rest.len > 0;) {
        str line = str_split(&rest, '\n');

        (void)printf("  authorization  %.*s\n", (int)line.len, line.ptr);
    }
    for (size_t i = 0; i < options->authorization.issuer_count; i++)
        print_issuer(&options->authorization.issuers[i]);
}

/* Prints a summary of the configuration. */
static void print_summary(const struct options *options)
{
    bool is_ipv6 =
        strchr(options->host, ':') != NULL; /* such an address is in brackets before a port */

    ensure(options->file != NULL);
    (void)printf("%s: ok\n", options->file);
    (void)printf("  listen         %s%s%s:%u\n", is_ipv6 ? "[" : "", options->host,
                 is_ipv6 ? "]" : "", options->port);
    (void)printf("  database       %s\n", options->database);
    print_authorization(options);
    for (size_t i = 0; i < options->model_count; i++)
        (void)printf("  model          %s: %s\n", options->models[i].name,
                     options->models[i].options.provider);
    for (size_t i = 0; i < options->agent_count; i++)
        (void)printf("  agent          %s: %s, %s\n", options->agents[i].id,
                     options->agents[i].model.provider, options->agents[i].model.id);
}

/* Checks the configuration and prints its errors or a summary. Returns the exit status. */
static int check_configuration(struct option_flags *flags)
{
    AUTO(arena) *a = arena_new();
    struct options options;
    struct config_faults faults;
    agentos_error err; /* of options_check: not printed, the faults include it */

    ensure(flags->config != NULL);
    if (configured_read_input(flags, a, &err) != AGENTOS_OK)
        return command_fail(&err);
    agentos_status status = options_check(flags, a, &options, &faults, &err);
    faults_print(&faults, stdout);
    if (status != AGENTOS_OK)
        return EXIT_USAGE;
    configured_warn_if_no_agents(&options);
    print_summary(&options);
    return EXIT_DONE;
}

// clang-format off
static const struct option check_options[] = {
    { "config",   required_argument, NULL, 'c' },
    { "env-file", required_argument, NULL, 'e' },
    { "host",     required_argument, NULL, 'H' },
    { "open",     no_argument,       NULL, 'o' },
    { "help",     no_argument,       NULL, 'h' },
    { NULL,       0,                 NULL, 0 },
};
// clang-format on

/* Chooses the file: --config, the argument, or agentos.yaml. Returns false if several are given. */
static bool find_file(struct option_flags *flags, char *const *arguments, int count)
{
    int allowed = flags->config == NULL ? 1 : 0;

    ensure(count >= 0);
    if (count > allowed)
        return false;
    if (count == 1)
        flags->config = arguments[0];
    if (flags->config == NULL)
        flags->config = "agentos.yaml";
    return true;
}

static int config_check(int argc, char **argv)
{
    struct option_flags flags = { .port = -1 }; /* not given */

    for (int option;
         (option = argument_next("agentos config check", argc, argv, check_options)) != -1;) {
        switch (option) {
        case 'c': flags.config = optarg; break;
        case 'e': flags.env_file = optarg; break;
        case 'H': flags.host = optarg; break;
        case 'o': flags.open = true; break;
        case 'h': (void)fputs(check_help, stdout); return EXIT_DONE;
        default: return command_usage("agentos config check", NULL);
        }
    }
    if (!find_file(&flags, argv + optind, argc - optind))
        return command_usage("agentos config check", "give one FILE");
    return check_configuration(&flags);
}

static int config_schema(int argc, char **argv)
{
    static const struct option options[] = {
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    AUTO_BUF text = buf_with_limit(MiB);

    int option = argument_next("agentos config schema", argc, argv, options);
    if (option == 'h') {
        (void)fputs(schema_help, stdout);
        return EXIT_DONE;
    }
    if (option != -1)
        return command_usage("agentos config schema", NULL);
    if (optind < argc)
        return argument_unexpected("agentos config schema", argv[optind], false);
    options_schema(&text);
    ensure(buf_ok(&text)); /* the schema has a fixed size */
    (void)printf("%s\n", text.ptr);
    return EXIT_DONE;
}

int cmd_config(int argc, char **argv)
{
    static const struct command commands[] = {
        { "check", "say what is wrong with a configuration", config_check },
        { "schema", "print its JSON Schema", config_schema },
    };
    static const struct command_group group = {
        .program = "agentos config",
        .commands = commands,
        .count = COUNT(commands),
        .examples = "  agentos config check\n"
                    "  agentos config schema > agentos.schema.json\n",
    };

    return command_dispatch(&group, argc, argv);
}

/* The main function, with the table of commands. */
#include <sys/resource.h>

#include "base/mem.h"
#include "cli/cli.h"

// clang-format off
static const struct command commands[] = {
    { "init",   "a folder with a configuration and keys",        cmd_init },
    { "serve",  "serve agents",                                  cmd_serve },
    { "run",    "send one message to an agent",                  cmd_run },
    { "chat",   "talk with an agent",                            cmd_chat },
    { "reload", "have a server read its configuration again",    cmd_reload },
    { "health", "whether a server takes requests",               cmd_health },
    { "config", "check a configuration, or print its schema",    cmd_config },
    { "routes", "what is served, and what each route demands",   cmd_routes },
    { "keys",   "make key pairs and shared secrets",             cmd_keys },
    { "jwks",   "publish keys as a key set",                     cmd_jwks },
    { "token",  "make, read, verify and revoke tokens",         cmd_token },
    { "auth",   "explain how a request is decided",              cmd_auth },
    { "audit",  "check the audit log of refusals and changes",      cmd_audit },
    { "db",     "migrate and copy the database",                 cmd_db },
};
// clang-format on

static const struct command_group group = {
    .program = "agentos",
    .commands = commands,
    .count = COUNT(commands),
    .examples = "  agentos init my-os && cd my-os && agentos serve\n"
                "  agentos run echo Hello\n"
                "  agentos help token mint\n",
};

static bool asks_version(const char *argument)
{
    return strcmp(argument, "--version") == 0 || strcmp(argument, "-V") == 0 ||
           strcmp(argument, "-v") == 0 || strcmp(argument, "version") == 0;
}

/* Disables core files, which would contain secrets (docs/design/security.md 28). Keeps the hard
 * limit, so that `prlimit --core` can enable them. */
static void disable_core_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_CORE, &limit) != 0)
        return;
    limit.rlim_cur = 0;
    (void)setrlimit(RLIMIT_CORE, &limit); /* lowering a limit never fails */
}

int main(int argc, char **argv)
{
    disable_core_files();
    if (argc == 2 && asks_version(argv[1])) {
        (void)printf("agentos %s\n", AGENTOS_VERSION);
        return EXIT_DONE;
    }
    return command_dispatch(&group, argc, argv);
}

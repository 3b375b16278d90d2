/* agentos: the table of commands. Each is in a file of its own, cmd_NAME.c. */
#include "cli/cli.h"

// clang-format off
static const struct command commands[] = {
    { "init",   "a folder with a configuration and keys",        cmd_init },
    { "serve",  "serve agents",                                  cmd_serve },
    { "config", "check a configuration, or print its schema",    cmd_config },
    { "routes", "what is served, and what each route demands",   cmd_routes },
    { "keys",   "make key pairs and shared secrets",             cmd_keys },
    { "jwks",   "publish keys as a key set",                     cmd_jwks },
    { "token",  "make, read, verify and revoke tokens",               cmd_token },
    { "auth",   "explain how a request is decided",              cmd_auth },
    { "audit",  "check the record of refusals and changes",      cmd_audit },
    { "db",     "migrate and copy the database",                 cmd_db },
};
// clang-format on

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)printf("agentos %s\n", AGENTOS_VERSION);
        return EXIT_DONE;
    }
    return command_dispatch("agentos", commands, sizeof(commands) / sizeof(commands[0]), argc,
                            argv);
}

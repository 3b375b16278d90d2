/* agentos token: the table of its subcommands. */
#include "base/mem.h"
#include "cli/token.h"

int cmd_token(int argc, char **argv)
{
    static const struct command commands[] = {
        { "mint", "sign a token", token_mint },
        { "decode", "show header and claims, unverified", token_decode },
        { "verify", "check a token against a key", token_verify },
        { "create", "make a service account on a running server", token_create },
        { "list", "show the service accounts of a running server", token_list },
        { "revoke", "end a service account of a running server", token_revoke },
    };

    return command_dispatch("agentos token", commands, COUNT(commands), argc, argv);
}

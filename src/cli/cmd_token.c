/* Implements `agentos token`. */
#include "base/mem.h"
#include "cli/token.h"

int cmd_token(int argc, char **argv)
{
    static const struct command commands[] = {
        { "mint", "sign a token", token_mint },
        { "decode", "show header and claims, unverified", token_decode },
        { "verify", "verify a token by a key or a key set", token_verify },
        { "create", "create a service account on a running server", token_create },
        { "list", "show the service accounts of a running server", token_list },
        { "revoke", "revoke a service account of a running server", token_revoke },
    };
    static const struct command_group group = {
        .program = "agentos token",
        .commands = commands,
        .count = COUNT(commands),
        .examples = "  agentos token mint --key keys/private.pem --sub ann --scope agents:run\n"
                    "  agentos token verify --key keys/public.pem \"$TOKEN\"\n"
                    "  agentos token create ci-bot --scope agents:run\n",
    };

    return command_dispatch(&group, argc, argv);
}

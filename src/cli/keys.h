/* The subcommands of `agentos keys`. */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include "cli/cli.h"

command_main keys_rotate, keys_list;

#endif

/* The subcommands of `agentos token`, and what they share. */
#ifndef CLI_TOKEN_H
#define CLI_TOKEN_H

#include "base/arena.h"
#include "cli/cli.h"

command_main token_mint, token_decode, token_verify, token_create, token_list, token_revoke;

/* The values of an option that may be repeated; from the arena, room for every argument. */
struct texts {
    const char **items;
    size_t count;
};

static inline struct texts texts_for(arena *a, int argc)
{
    return (struct texts){ .items = arena_alloc(a, sizeof(const char *) * (size_t)argc) };
}

static inline void texts_add(struct texts *t, const char *text)
{
    t->items[t->count++] = text;
}

#endif

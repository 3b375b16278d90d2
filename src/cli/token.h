/* The subcommands of `agentos token`. */
#ifndef CLI_TOKEN_H
#define CLI_TOKEN_H

#include "base/arena.h"
#include "base/ensure.h"
#include "cli/cli.h"

command_main token_mint, token_decode, token_verify, token_create, token_list, token_revoke;

/* The values of a repeatable option, in order. */
struct texts {
    const char **items;
    size_t count, capacity;
};

/* Returns an empty list in the arena, with room for argc values. */
static inline struct texts texts_for(arena *a, int argc)
{
    return (struct texts){ .items = arena_alloc(a, sizeof(const char *) * (size_t)argc),
                           .capacity = (size_t)argc };
}

/* Appends a value. An option cannot have more values than argv has arguments. */
static inline void texts_add(struct texts *t, const char *text)
{
    ensure(t->count < t->capacity);
    t->items[t->count++] = text;
}

#endif

/* From options to what is served: models, agents, authority, catalogue. */
#ifndef OS_ASSEMBLE_H
#define OS_ASSEMBLE_H

#include "api/context.h"
#include "os/options.h"

/* Everything immutable that the loops share. */
struct assembly {
    arena *arena;
    struct db *db;
    struct run_index *run_index;
    struct model **models; /* as many as agents */
    struct agent *agents;
    size_t agent_count;
    struct catalogue catalogue;
};

/* Opens the database too. INVALID: the options cannot be meant. Blocks. */
MUST_USE agentos_status assembly_make(const struct options *options, struct assembly *out,
                                      agentos_error *err);
void assembly_clear(struct assembly *assembly); /* a zeroed or half-made one is fine; blocks */

#endif

/* The models and agents of the public C API, for the files that create them and read their options.
 * A model that is given to an agent belongs to it, and so does an agent that is given to an
 * AgentOS. */
#ifndef EMBED_EMBED_OBJECT_H
#define EMBED_EMBED_OBJECT_H

#include "agentos/agentos.h"
#include "base/arena.h"
#include "base/error.h"

struct agentos_model {
    arena *arena;
    const char *provider;
    agentos_model_options options; /* its texts are in the arena */
    agentos_model_callback *callback;
    void *callback_user;
    bool is_given; /* it belongs to an agent */
};

struct agentos_agent {
    arena *arena;
    agentos_agent_options options; /* its texts are in the arena */
    bool is_given;                 /* it belongs to an AgentOS */
};

/* Returns true if an earlier call with the same err failed. The functions of the API do nothing
 * then, so that a program may make all of its calls and check err once, at the end. */
static inline bool earlier_call_failed(const agentos_error *err)
{
    return err != NULL && err->status != AGENTOS_OK;
}

#endif

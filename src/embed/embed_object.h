/* The models and agents of the public C API. An agent owns its model, and an AgentOS its agents. */
#ifndef EMBED_EMBED_OBJECT_H
#define EMBED_EMBED_OBJECT_H

#include "agentos/agentos.h"
#include "base/arena.h"
#include "base/error.h"

struct agentos_model {
    arena *arena;
    const char *provider;
    agentos_model_options options; /* with texts in the arena */
    agentos_model_callback *callback;
    void *callback_user;
    bool is_owned; /* by an agent */
};

struct agentos_agent {
    arena *arena;
    agentos_agent_options options; /* with texts in the arena */
    bool is_owned;                 /* by an AgentOS */
};

/* Returns whether an earlier call failed with this err. The functions of the API then do nothing,
 * so a program can check err once, at the end. */
static inline bool earlier_call_failed(const agentos_error *err)
{
    return err != NULL && err->status != AGENTOS_OK;
}

#endif

/* An agent: a model with instructions. Immutable. */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "model/model.h"

struct agent {
    const char *id, *name;
    const char *description, *role; /* NULL if not given */
    const char *instructions;       /* joined lines; NULL if not given */
    const struct model *model;
    bool add_history_to_context;
    int64_t num_history_runs; /* 3 by default */
    const char *db_id;        /* "main-db"; NULL without a database */
};

/* Return the name, id and provider of the model of a struct agent. For SHOW_TEXT (json/shape.h). */
const char *agent_model_name(const void *agent);
const char *agent_model_id(const void *agent);
const char *agent_model_provider(const void *agent);

/* Returns INVALID if the system prompt is longer than PROMPT_MAX_BYTES. Must precede
 * agent_system_prompt. */
MUST_USE agentos_status agent_check(const struct agent *agent, agentos_error *err);

/* Returns the system prompt in the arena, or NULL if the agent has no description, role or
 * instructions. The agent must have passed agent_check. */
const char *agent_system_prompt(const struct agent *agent, arena *a);

#endif

/* An agent: a model with instructions. Immutable after loading; knows neither HTTP nor auth. */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "model/model.h"

struct agent {
    const char *id, *name;
    const char *description, *role; /* NULL: none */
    const char *instructions;       /* lines joined; NULL: none */
    const struct model *model;
    bool add_history_to_context;
    int64_t num_history_runs; /* 3 unless given */
    const char *db_id;        /* "main-db"; NULL without a database */
};

/* INVALID: its system prompt is longer than PROMPT_MAX_BYTES. Called before an agent is run. */
MUST_USE agentos_status agent_check(const struct agent *agent, agentos_error *err);

/* The system prompt: description, role and instructions as the reference lays them out, in the
 * arena; NULL: none of them is given. The agent has passed agent_check. */
const char *agent_system_prompt(const struct agent *agent, arena *a);

#endif

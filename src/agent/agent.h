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
    bool has_num_history_runs; /* it was given, so the wire shows it */
    int64_t num_history_runs;  /* 3 unless given */
    const char *db_id;         /* "main-db"; NULL without a database */
};

/* The system prompt: role, description, instructions as the reference lays them out; NULL: none. */
const char *agent_system_prompt(const struct agent *agent, arena *a);

#endif

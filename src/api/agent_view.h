/* The JSON of agents in the answers of GET /agents, /config and /models. */
#ifndef API_AGENT_VIEW_H
#define API_AGENT_VIEW_H

#include "agent/agent.h"
#include "json/shape.h"

/* The record of all three shapes is a struct agent. */
extern const struct shape agent_shape;         /* an item of GET /agents */
extern const struct shape agent_summary_shape; /* an item of the list of agents in GET /config */
extern const struct shape model_summary_shape; /* an item of GET /models: {id, provider} */

#endif

/* The agents and services that the API's handlers use. */
#ifndef API_CONTEXT_H
#define API_CONTEXT_H

#include <stdatomic.h>

#include "base/list.h"
#include "run/run.h"
#include "run/run_index.h"
#include "web/call.h"

/* The identity and the agents of this AgentOS. Immutable; lives as long as its surface, which
 * counts references. */
struct catalogue {
    struct surface surface;
    const char *id, *name; /* name may be NULL */
    const char *db_id;     /* such as "main-db" */
    const struct agent *agents;
    size_t agent_count;
    size_t message_max_bytes, answer_max_bytes; /* of a run */
    /* set by catalogue_render */
    const struct map *agents_by_id; /* from an agent's id to its item of agent_json */
    const str *agent_json; /* each agent as an item of GET /agents; one for each of `agents` */
    str agents_json;       /* the list of all agents */
};

/* What is known about whether the database can be written. Times are by the loop's clock, 0 if
 * nothing is known yet. */
struct write_probe {
    /* when GET /-/ready last started a write; used only on the thread of the event loop */
    uint64_t started_ms;
    _Atomic uint64_t committed_ms; /* when the last committed write started */
};

/* One event loop with the services of the API. */
struct context {
    struct station station;
    struct run_services runs;
    struct write_probe write_probe;
};

/* Returns the catalogue of the call's configuration. It lives as long as the call and its tasks. */
static inline struct catalogue *call_catalogue(const struct call *call)
{
    return LIST_OWNER(call->surface, struct catalogue, surface);
}

/* Returns the context of the call's event loop. */
static inline struct context *call_context(const struct call *call)
{
    return LIST_OWNER(call->station, struct context, station);
}

/* Returns the agent with this id, or NULL. */
const struct agent *catalogue_agent(const struct catalogue *catalogue, str id);

/* Renders the agents and the OpenAPI document, and indexes the agents by id. The other members must
 * be set. Allocates from the arena. */
void catalogue_render(struct catalogue *catalogue, arena *a);

#endif

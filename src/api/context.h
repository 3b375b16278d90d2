/* The data that AgentOS's handlers use: the catalogue of the served agents, which is immutable and
 * shared by all loops, and the services of the runs, of which each loop has its own. */
#ifndef API_CONTEXT_H
#define API_CONTEXT_H

#include <stdatomic.h>

#include "base/list.h"
#include "run/run.h"
#include "run/run_index.h"
#include "web/call.h"

/* The identity and the agents of this AgentOS. It is immutable, and lives as long as there is a
 * reference to its surface (the routes and rules that requests are judged by). */
struct catalogue {
    struct surface surface;
    const char *id, *name; /* name may be NULL */
    const char *db_id;     /* such as "main-db" */
    const struct agent *agents;
    size_t agent_count;
    /* set by catalogue_render */
    const struct map *agents_by_id; /* from an agent's id to its item of agent_json */
    const str *agent_json; /* each agent as an item of GET /agents; one for each of `agents` */
    str agents_json;       /* the list of all agents */
};

/* Whether the database can be written, as far as it is known. Times are by the loop's clock, and 0
 * means that nothing is known yet. */
struct write_probe {
    /* when GET /-/ready last began to write; used only on the station's thread */
    uint64_t begun_ms;
    _Atomic uint64_t proven_ms; /* when the last write that was committed began */
};

/* A station (one event loop and the objects that its requests share) of AgentOS. */
struct context {
    struct station station;
    struct run_services runs;
    struct write_probe write_probe;
};

/* Returns the catalogue by which the call is judged. It lives as long as the call and its tasks. */
static inline struct catalogue *call_catalogue(const struct call *call)
{
    return LIST_OWNER(call->surface, struct catalogue, surface);
}

/* Returns the context of the call's loop. */
static inline struct context *call_context(const struct call *call)
{
    return LIST_OWNER(call->station, struct context, station);
}

/* Returns the agent with this id; NULL if there is none. */
const struct agent *catalogue_agent(const struct catalogue *catalogue, str id);

/* Renders the agents and the description of the routes, and indexes the agents by id. The other
 * members must be set. Everything is allocated from the arena. */
void catalogue_render(struct catalogue *catalogue, arena *a);

#endif

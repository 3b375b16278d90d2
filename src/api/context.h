/* The data that AgentOS's handlers use: the catalogue of the agents that are served, which is
 * immutable and shared by all loops, and the services of the runs, of which each loop has its own.
 */
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
    const char *db_id;     /* "main-db" */
    const struct agent *agents;
    size_t agent_count;
    /* Set by catalogue_render: */
    const struct map *agents_by_id; /* from an agent's id to its item of agent_json */
    const str *agent_json;          /* each agent as GET /agents shows it; as many as agents */
    str agents_json;                /* the list of all agents */
};

/* What is known of the database's being writable, by the loop's clock; 0: nothing yet. */
struct write_probe {
    uint64_t begun_ms;          /* when GET /-/ready last wrote; used on the station's thread */
    _Atomic uint64_t proven_ms; /* when the last write began that was committed */
};

/* A station (one event loop and what its requests share) of AgentOS. */
struct context {
    struct station station;
    struct run_services runs;
    struct write_probe write_probe;
};

/* Returns the catalogue that the call is judged by, which lives as long as the call and its tasks.
 */
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

/* What AgentOS's handlers have at hand beyond a station: the catalogue of what is served
 * (immutable, shared by all loops) and the services that runs need (one set a loop). */
#ifndef API_CONTEXT_H
#define API_CONTEXT_H

#include "base/list.h"
#include "run/run.h"
#include "run/run_index.h"
#include "web/call.h"

/* What this AgentOS is and serves: immutable, as long as its surface is referred to. */
struct catalogue {
    struct surface surface;
    const char *id, *name; /* name may be NULL */
    const char *db_id;     /* "main-db" */
    const struct agent *agents;
    size_t agent_count;
    const struct map *agents_by_id; /* -> into agent_json; made by catalogue_render */
    const str *agent_json;          /* each agent as GET /agents shows it, rendered once */
    str agents_json;                /* the whole listing */
};

/* A station of AgentOS. */
struct context {
    struct station station;
    struct run_services runs;
};

/* What the call is judged by; it lives as long as the call does, and its tasks. */
static inline struct catalogue *call_catalogue(const struct call *call)
{
    return LIST_OWNER(call->surface, struct catalogue, surface);
}

static inline struct context *call_context(const struct call *call)
{
    return LIST_OWNER(call->station, struct context, station);
}

/* NULL: there is none. */
const struct agent *catalogue_agent(const struct catalogue *catalogue, str id);

/* Fill in what is made once, from the rest: renderings and the index; allocated from a. */
void catalogue_render(struct catalogue *catalogue, arena *a);

#endif

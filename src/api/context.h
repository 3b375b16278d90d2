/* What handlers stand on: the catalogue (immutable, shared) and one context a loop. */
#ifndef API_CONTEXT_H
#define API_CONTEXT_H

#include "agent/run.h"
#include "agent/run_index.h"
#include "auth/authority.h"
#include "http/cors.h"

/* What this AgentOS is and serves. A change builds a new one. */
struct catalogue {
    const char *id, *name, *description, *version; /* name and description may be NULL */
    const char *db_id;                             /* "main-db" */
    int64_t started_at_us;
    const struct agent *agents;
    size_t agent_count;
    const str *agent_json; /* each agent as GET /agents shows it, rendered once */
    str agents_json;       /* the whole listing */
    struct authority *authority;
    struct cors cors;
    size_t body_limit_bytes;
    const char *const *allowed_hosts; /* else these beside loopback */
    size_t allowed_host_count;
    str openapi_json; /* rendered once */
};

struct context {
    const struct catalogue *catalogue;
    struct loop *loop;
    struct token_cache *tokens;
    struct busy busy;
    struct run_services runs;
    uint64_t next_request; /* numbers the requests of this loop, for the log */
    unsigned loop_number;
};

/* NULL: there is none. */
const struct agent *catalogue_agent(const struct catalogue *catalogue, str id);

/* Fill in what is rendered once, from the rest; allocated from a. */
void catalogue_render(struct catalogue *catalogue, arena *a);

#endif

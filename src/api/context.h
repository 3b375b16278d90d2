/* What handlers stand on: the catalogue (immutable, shared) and one context a loop. */
#ifndef API_CONTEXT_H
#define API_CONTEXT_H

#include <stdatomic.h>

#include "api/metrics.h"
#include "audit/denials.h"
#include "auth/account/accounts.h"
#include "auth/authority.h"
#include "http/cors.h"
#include "http/server.h"
#include "run/run.h"
#include "run/run_index.h"

struct policy;

/* What this AgentOS is and serves: immutable, counted. A change builds a new one; who goes on
 * working with the old one (a run) keeps it alive. */
struct catalogue {
    atomic_size_t references;
    void (*release)(struct catalogue *catalogue);  /* at the last unref */
    const char *id, *name, *description, *version; /* name and description may be NULL */
    const char *db_id;                             /* "main-db" */
    int64_t started_at_us;
    const struct agent *agents;
    size_t agent_count;
    const struct map *agents_by_id; /* -> into agent_json; made by catalogue_render */
    const str *agent_json;          /* each agent as GET /agents shows it, rendered once */
    str agents_json;                /* the whole listing */
    struct authority *authority;
    const struct policy *policy; /* NULL: the route table as it stands */
    struct cors cors;
    size_t body_limit_bytes;
    const char *const *allowed_hosts; /* else these beside loopback */
    size_t allowed_host_count;
    str openapi_json; /* rendered once */
};

struct context {
    struct catalogue *catalogue; /* the present one; read-only */
    struct loop *loop;
    struct token_cache *tokens;
    struct busy busy;
    struct run_services runs;
    struct server *server;
    struct metrics *metrics;
    struct denials *denials;
    const struct audit *audit;          /* for what changes who may do what */
    struct accounts *accounts;          /* service accounts; NULL: there are none here */
    const struct context *const *loops; /* all of this server, this one too: for the metrics */
    size_t loop_count;
    uint64_t next_request; /* numbers the requests of this loop, for the log */
    unsigned loop_number;
};

void catalogue_ref(struct catalogue *catalogue);
void catalogue_unref(void *object); /* NULL is fine; fits arena_defer and run_request.release */

/* NULL: there is none. */
const struct agent *catalogue_agent(const struct catalogue *catalogue, str id);

/* Fill in what is made once, from the rest: renderings and the index; allocated from a. */
void catalogue_render(struct catalogue *catalogue, arena *a);

#endif

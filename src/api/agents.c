/* Implements GET /agents and GET /agents/{id}. */
#include "api/routes.h"
#include "base/ensure.h"
#include "base/limits.h"

/* Answers with the agents that the caller may read. */
void agents_list(struct call *call)
{
    const struct catalogue *catalogue = call_catalogue(call);
    const char *scope = call->route->access.scope;

    ensure(scope != NULL);                                 /* set by FILTERS */
    if (access_may_see(call->principal, scope, STR(""))) { /* all agents */
        call_json(call, 200, catalogue->agents_json);
        return;
    }

    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);
    writer w = { .out = &body };
    write_array(&w);
    for (size_t i = 0; i < catalogue->agent_count; i++)
        if (access_may_see(call->principal, scope, str_of(catalogue->agents[i].id)))
            write_raw(&w, catalogue->agent_json[i]);
    write_end(&w);
    call_buf(call, &body);
}

/* Sets call->target to the agent in the path. */
agentos_status agent_of_call(struct call *call, agentos_error *err)
{
    str id = params_get(&call->params, "agent_id");

    call->target = catalogue_agent(call_catalogue(call), id);
    if (call->target == NULL)
        return fail(err, AGENTOS_NOT_FOUND, "Agent not found");
    return AGENTOS_OK;
}

/* Answers with the call's target. */
void agents_get(struct call *call)
{
    const struct catalogue *catalogue = call_catalogue(call);
    const struct agent *agent = call->target;

    ensure(agent >= catalogue->agents && agent < catalogue->agents + catalogue->agent_count);
    size_t index = (size_t)(agent - catalogue->agents);
    call_json(call, 200, catalogue->agent_json[index]);
}

/* Implements GET /agents and GET /agents/{id}. The directory runs/ has the routes for an agent's
 * runs. */
#include "api/routes.h"
#include "base/limits.h"

void agents_list(struct call *call)
{
    const struct catalogue *catalogue = call_catalogue(call);
    const char *scope = call->route->access.scope;

    if (access_may_see(call->principal, scope, (str){ "", 0 })) {
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

agentos_status agent_of_call(struct call *call, agentos_error *err)
{
    call->target = catalogue_agent(call_catalogue(call), params_get(&call->params, "agent_id"));
    return call->target != NULL ? AGENTOS_OK : fail(err, AGENTOS_NOT_FOUND, "Agent not found");
}

void agents_get(struct call *call)
{
    const struct catalogue *catalogue = call_catalogue(call);
    const struct agent *agent = call->target;

    call_json(call, 200, catalogue->agent_json[agent - catalogue->agents]);
}

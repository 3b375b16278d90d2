/* Implements the routes that describe the server: GET /, /health, /info, /config and /models. It
 * also answers routes such as GET /teams with an empty list. */
#include "api/routes.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"

static void answer(struct call *call, void (*write)(const struct call *, writer *))
{
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);

    write(call, &(writer){ .out = &body });
    call_buf(call, &body);
}

static void write_constant(writer *w, const char *name, str json)
{
    write_key(w, name);
    write_raw(w, json);
}

/* Both releases' members: 2.x clients read id and version, 3.x ones the rest. */
static void write_root(const struct call *call, writer *w)
{
    const struct catalogue *catalogue = call_catalogue(call);

    write_object(w);
    write_member(w, "name", catalogue->name != NULL ? catalogue->name : "AgentOS");
    write_member(w, "id", catalogue->id);
    write_member(w, "version", catalogue->surface.version);
    write_member(w, "health", "/health");
    write_member(w, "info", "/info");
    write_member(w, "docs", "/docs");
    write_end(w);
}

static void write_health(const struct call *call, writer *w)
{
    char since[CLOCK_TEXT_SIZE];

    write_object(w);
    write_member(w, "status", "ok");
    write_member(w, "instantiated_at", clock_iso8601_us(call->surface->started_at_us, since));
    write_end(w);
}

/* The answer of GET /info. */
static void write_info(const struct call *call, writer *w)
{
    const struct catalogue *catalogue = call_catalogue(call);

    write_object(w);
    write_member(w, "os_id", catalogue->id);
    write_member(w, "name", catalogue->name);
    write_member(w, "os_version", catalogue->surface.version);
    write_member(w, "agno_version", "3.1.10"); /* the release whose contract we keep */
    write_member_int(w, "agent_count", (int64_t)catalogue->agent_count);
    write_member_int(w, "team_count", 0);
    write_member_int(w, "workflow_count", 0);
    write_constant(
        w, "mcp",
        STR("{\"enabled\":false,\"path\":null,\"oauth\":null,\"tool_run_endpoint\":false}"));
    write_member(w, "auth_mode", auth_mode_name(authority_mode(catalogue->surface.authority)));
    write_member_bool(w, "user_isolation", authority_isolates(catalogue->surface.authority));
    write_end(w);
}

/* One database serves every domain; `table` NULL: the domain shows none. */
static void write_domain(const struct catalogue *catalogue, const char *name, const char *table,
                         writer *w)
{
    write_key(w, name);
    write_object(w);
    write_key(w, "dbs");
    write_array(w);
    write_object(w);
    write_member(w, "db_id", catalogue->db_id);
    write_key(w, "domain_config");
    write_object(w);
    write_member(w, "display_name", catalogue->db_id);
    write_end(w);
    if (table != NULL) {
        write_key(w, "tables");
        write_array(w);
        write_string(w, table);
        write_end(w);
    }
    write_end(w);
    write_end(w);
    write_end(w);
}

/* One agent as GET /config lists it. */
static void write_agent_summary(const struct agent *agent, writer *w)
{
    write_object(w);
    write_member(w, "id", agent->id);
    write_member_if(w, "name", agent->name);
    write_member_if(w, "description", agent->description);
    write_member_if(w, "db_id", agent->db_id);
    write_key(w, "model");
    write_object(w);
    write_member(w, "id", model_id(agent->model));
    write_member(w, "provider", model_provider(agent->model));
    write_end(w);
    write_member_bool(w, "sandboxed", false);
    write_end(w);
}

/* The roster is filtered by what the caller may read; config:read alone shows none of it. */
static void write_roster(const struct call *call, writer *w)
{
    const struct catalogue *catalogue = call_catalogue(call);

    write_key(w, "agents");
    write_array(w);
    for (size_t i = 0; i < catalogue->agent_count; i++)
        if (access_may_see(call->principal, "agents:read", str_of(catalogue->agents[i].id)))
            write_agent_summary(&catalogue->agents[i], w);
    write_end(w);
    write_constant(w, "teams", STR("[]"));
    write_constant(w, "workflows", STR("[]"));
}

/* GET /config. `available_models` is left out: the shapes that clients of 2.x and of 3.x expect
 * exclude each other. */
static void write_config(const struct call *call, writer *w)
{
    static const struct {
        const char *name, *table;
        str constant; /* the whole value, where no database is behind it */
    } domains[] = {
        { "session", "agno_sessions", { 0 } },
        { "metrics", "agno_metrics", { 0 } },
        { "memory", "agno_memories", { 0 } },
        { "learning", "agno_learnings", { 0 } },
        { "filesystem", NULL, STR_INIT("{\"namespaces\":[]}") },
        { "knowledge", NULL, STR_INIT("{\"dbs\":[],\"knowledge_instances\":[]}") },
        { "evals", "agno_eval_runs", { 0 } },
        { "traces", NULL, { 0 } },
        { "queue", NULL, STR_INIT("{\"durable\":false,\"queue_per_session\":false}") },
    };
    const struct catalogue *catalogue = call_catalogue(call);

    write_object(w);
    write_member(w, "os_id", catalogue->id);
    write_member_if(w, "description", catalogue->surface.description);
    write_member(w, "os_database", catalogue->db_id);
    write_key(w, "databases");
    write_array(w);
    write_string(w, catalogue->db_id);
    write_end(w);
    for (size_t i = 0; i < COUNT(domains); i++)
        if (domains[i].constant.len > 0)
            write_constant(w, domains[i].name, domains[i].constant);
        else
            write_domain(catalogue, domains[i].name, domains[i].table, w);
    write_roster(call, w);
    write_constant(w, "interfaces", STR("[]"));
    write_member(w, "company", NULL);
    write_end(w);
}

static bool is_repeated(const struct catalogue *catalogue, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(model_id(catalogue->agents[i].model), model_id(catalogue->agents[j].model)) ==
                0 &&
            strcmp(model_provider(catalogue->agents[i].model),
                   model_provider(catalogue->agents[j].model)) == 0)
            return true;
    return false;
}

/* The answer of GET /models: each model of an agent once, in the agents' order. */
static void write_models(const struct call *call, writer *w)
{
    const struct catalogue *catalogue = call_catalogue(call);

    write_array(w);
    for (size_t i = 0; i < catalogue->agent_count; i++) {
        if (is_repeated(catalogue, i))
            continue;
        write_object(w);
        write_member(w, "id", model_id(catalogue->agents[i].model));
        write_member(w, "provider", model_provider(catalogue->agents[i].model));
        write_end(w);
    }
    write_end(w);
}

void root_get(struct call *call)
{
    answer(call, write_root);
}

void health_get(struct call *call)
{
    answer(call, write_health);
}

void info_get(struct call *call)
{
    answer(call, write_info);
}

void config_get(struct call *call)
{
    answer(call, write_config);
}

void models_get(struct call *call)
{
    answer(call, write_models);
}

void empty_list_get(struct call *call)
{
    call_json(call, 200, STR("[]"));
}

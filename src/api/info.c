/* Implements the routes that describe the server: GET /, /health, /info, /config and /models. It
 * also answers routes such as GET /teams with an empty list. */
#include "api/routes.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

/* Answers with the JSON that `write` writes. */
static void answer_with(struct call *call, void (*write)(const struct call *, writer *))
{
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);
    writer w = { .out = &body };

    ensure(write != NULL);
    write(call, &w);
    call_buf(call, &body);
}

/* Writes a member whose value is JSON already. */
static void write_constant(writer *w, const char *name, str json)
{
    write_key(w, name);
    write_raw(w, json);
}

/* Writes the answer of GET /. Clients of 2.x read id and version, those of 3.x the other members.
 */
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

/* Writes the answer of GET /health. */
static void write_health(const struct call *call, writer *w)
{
    char since[CLOCK_TEXT_SIZE];

    write_object(w);
    write_member(w, "status", "ok");
    write_member(w, "instantiated_at", clock_iso8601_us(call->surface->started_at_us, since));
    write_end(w);
}

/* Writes the answer of GET /info. */
static void write_info(const struct call *call, writer *w)
{
    const struct catalogue *catalogue = call_catalogue(call);

    write_object(w);
    write_member(w, "os_id", catalogue->id);
    write_member(w, "name", catalogue->name);
    write_member(w, "os_version", catalogue->surface.version);
    write_member(w, "agno_version", "3.1.10"); /* the release whose API this is */
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

/* Writes a domain of GET /config, all of which use the one database. No table is written if it is
 * NULL. */
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

/* Writes one agent as GET /config lists it. */
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

/* Writes the agents that the caller may read; the scope config:read alone shows none. There are no
 * teams and workflows in this version. */
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

/* Writes the answer of GET /config. `available_models` is left out, because clients of 2.x and
 * of 3.x expect different types of it. */
static void write_config(const struct call *call, writer *w)
{
    static const struct {
        const char *name, *table;
        str constant; /* the whole value, for a domain without a database; else empty */
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
    write_member(w, "company",
                 NULL); /* the contract requires it; this server has no such setting */
    write_end(w);
}

/* Returns whether both models have the same id and provider. */
static bool is_same_model(const struct model *one, const struct model *other)
{
    return strcmp(model_id(one), model_id(other)) == 0 &&
           strcmp(model_provider(one), model_provider(other)) == 0;
}

/* Returns whether an agent before this one uses the same model. */
static bool is_repeated(const struct catalogue *catalogue, size_t index)
{
    ensure(index < catalogue->agent_count);
    for (size_t i = 0; i < index; i++)
        if (is_same_model(catalogue->agents[i].model, catalogue->agents[index].model))
            return true;
    return false;
}

/* Writes the answer of GET /models: the models of all agents, each of them once. */
static void write_models(const struct call *call, writer *w)
{
    const struct catalogue *catalogue = call_catalogue(call);

    write_array(w);
    for (size_t i = 0; i < catalogue->agent_count; i++) {
        const struct model *model = catalogue->agents[i].model;

        if (is_repeated(catalogue, i))
            continue;
        write_object(w);
        write_member(w, "id", model_id(model));
        write_member(w, "provider", model_provider(model));
        write_end(w);
    }
    write_end(w);
}

void root_get(struct call *call)
{
    answer_with(call, write_root);
}

void health_get(struct call *call)
{
    answer_with(call, write_health);
}

void info_get(struct call *call)
{
    answer_with(call, write_info);
}

void config_get(struct call *call)
{
    answer_with(call, write_config);
}

void models_get(struct call *call)
{
    answer_with(call, write_models);
}

void empty_list_get(struct call *call)
{
    call_json(call, 200, STR("[]"));
}

/* Implements the routes that describe the server: /, /health, /info, /config and /models. */
#include "api/agent_view.h"
#include "api/routes.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

static void answer_object(struct call *call, const struct shape *shape, const void *record)
{
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);

    shape_write(shape, record, ABSENT_LEFT_OUT, &(writer){ .out = &body });
    call_buf(call, &body);
}

/* ---- GET / ---- */

static const char *shown_name(const void *record)
{
    const struct catalogue *catalogue = record;

    return catalogue->name != NULL ? catalogue->name : "AgentOS";
}

// clang-format off
/* Clients of 2.x read id and version, clients of 3.x the other members. */
static const struct member root_members[] = {
    SHOW_TEXT("name", shown_name, ALWAYS_THERE),
    SHOW(struct catalogue, id, OR_NULL),
    SHOW_AS("version", struct catalogue, surface.version, OR_NULL),
    SHOW_CONSTANT(VALUE_STRING, "health", "\"/health\""),
    SHOW_CONSTANT(VALUE_STRING, "info", "\"/info\""),
    SHOW_CONSTANT(VALUE_STRING, "docs", "\"/docs\""),
    MEMBERS_END,
};
// clang-format on
const struct shape root_shape = { .name = "Root", .parts = { root_members } };

void root_get(struct call *call)
{
    answer_object(call, &root_shape, call_catalogue(call));
}

/* ---- GET /health ---- */

static void write_start(const void *record, writer *w)
{
    char since[CLOCK_TEXT_SIZE];

    write_string(
        w, clock_iso8601_us(((const struct catalogue *)record)->surface.started_at_us, since));
}

// clang-format off
static const struct member health_members[] = {
    SHOW_CONSTANT(VALUE_STRING, "status", "\"ok\""),
    SHOW_WRITTEN(VALUE_TIME, "instantiated_at", write_start, ALWAYS_THERE),
    MEMBERS_END,
};
// clang-format on
const struct shape health_shape = { .name = "Health", .parts = { health_members } };

void health_get(struct call *call)
{
    answer_object(call, &health_shape, call_catalogue(call));
}

/* ---- GET /info ---- */

static const char *const auth_modes[] = { "none", "security_key", "jwt", NULL };

static void write_agent_count(const void *record, writer *w)
{
    write_integer(w, (int64_t)((const struct catalogue *)record)->agent_count);
}

static const char *shown_auth_mode(const void *record)
{
    return auth_mode_name(authority_mode(((const struct catalogue *)record)->surface.authority));
}

static void write_isolation(const void *record, writer *w)
{
    write_bool(w, authority_isolates(((const struct catalogue *)record)->surface.authority));
}

// clang-format off
static const struct member mcp_members[] = {
    SHOW_CONSTANT(VALUE_BOOL, "enabled", "false"),
    SHOW_NOTHING("path", OR_NULL),
    SHOW_NOTHING("oauth", OR_NULL),
    SHOW_CONSTANT(VALUE_BOOL, "tool_run_endpoint", "false"),
    MEMBERS_END,
};
static const struct shape mcp_shape = { .name = "McpInfo", .parts = { mcp_members } };

static const struct member info_members[] = {
    SHOW_AS("os_id", struct catalogue, id, OR_NULL),
    SHOW(struct catalogue, name, OR_NULL),
    SHOW_AS("os_version", struct catalogue, surface.version, OR_NULL),
    SHOW_CONSTANT(VALUE_STRING, "agno_version", "\"3.1.10\""), /* the release of the contract */
    SHOW_WRITTEN(VALUE_INTEGER, "agent_count", write_agent_count, ALWAYS_THERE),
    SHOW_CONSTANT(VALUE_INTEGER, "team_count", "0"),
    SHOW_CONSTANT(VALUE_INTEGER, "workflow_count", "0"),
    SHOW_OBJECT("mcp", &mcp_shape, ALWAYS_THERE),
    SHOW_TEXT("auth_mode", shown_auth_mode, ALWAYS_THERE, .words = auth_modes),
    SHOW_WRITTEN(VALUE_BOOL, "user_isolation", write_isolation, ALWAYS_THERE),
    MEMBERS_END,
};
// clang-format on
const struct shape info_shape = { .name = "Info", .parts = { info_members } };

void info_get(struct call *call)
{
    answer_object(call, &info_shape, call_catalogue(call));
}

/* ---- GET /config ---- */

/* A domain of data, served by the one database. */
struct domain {
    const char *db_id;
    const char *table; /* NULL for none */
};

/* The record of GET /config. */
struct config_view {
    const struct call *call;
    const char *os_id, *description, *db_id;
    struct domain session, metrics, memory, learning, evals, traces;
};

static bool has_table(const void *record)
{
    return ((const struct domain *)record)->table != NULL;
}

static void write_table(const void *record, writer *w)
{
    write_array(w);
    write_string(w, ((const struct domain *)record)->table);
    write_end(w);
}

// clang-format off
static const struct member domain_config_members[] = {
    SHOW_AS("display_name", struct domain, db_id, ALWAYS_THERE),
    MEMBERS_END,
};
static const struct shape domain_config_shape = { .name = "DomainConfig", .parts = { domain_config_members } };

static const struct member domain_database_members[] = {
    SHOW(struct domain, db_id, ALWAYS_THERE),
    SHOW_OBJECT("domain_config", &domain_config_shape, ALWAYS_THERE),
    SHOW_WRITTEN(VALUE_STRING, "tables", write_table, OR_LEFT_OUT, .is_list = true, .has_value = has_table),
    MEMBERS_END,
};
static const struct shape domain_database_shape = { .name = "DomainDatabase", .parts = { domain_database_members } };
// clang-format on

static void write_domain_databases(const void *record, writer *w)
{
    write_array(w);
    shape_write(&domain_database_shape, record, ABSENT_LEFT_OUT, w);
    write_end(w);
}

/* Writes the agents that the caller may read. */
static void write_roster(const void *record, writer *w)
{
    const struct call *call = ((const struct config_view *)record)->call;
    const struct catalogue *catalogue = call_catalogue(call);

    write_array(w);
    for (size_t i = 0; i < catalogue->agent_count; i++)
        if (access_may_see(call->principal, "agents:read", str_of(catalogue->agents[i].id)))
            shape_write(&agent_summary_shape, &catalogue->agents[i], ABSENT_LEFT_OUT, w);
    write_end(w);
}

static void write_database_ids(const void *record, writer *w)
{
    write_array(w);
    write_string(w, ((const struct config_view *)record)->db_id);
    write_end(w);
}

// clang-format off
static const struct member domain_members[] = {
    SHOW_WRITTEN(VALUE_OBJECT, "dbs", write_domain_databases, ALWAYS_THERE, .is_list = true, .shape = &domain_database_shape),
    MEMBERS_END,
};
static const struct shape domain_shape = { .name = "Domain", .parts = { domain_members } };

static const struct member filesystem_members[] = { SHOW_EMPTY_LIST("namespaces"), MEMBERS_END };
static const struct shape filesystem_shape = { .name = "FilesystemConfig", .parts = { filesystem_members } };

static const struct member knowledge_members[] = {
    SHOW_EMPTY_LIST("dbs"),
    SHOW_EMPTY_LIST("knowledge_instances"),
    MEMBERS_END,
};
static const struct shape knowledge_shape = { .name = "KnowledgeConfig", .parts = { knowledge_members } };

static const struct member queue_members[] = {
    SHOW_CONSTANT(VALUE_BOOL, "durable", "false"),
    SHOW_CONSTANT(VALUE_BOOL, "queue_per_session", "false"),
    MEMBERS_END,
};
static const struct shape queue_shape = { .name = "QueueConfig", .parts = { queue_members } };

#define SHOW_DOMAIN(domain) \
    SHOW_OBJECT(#domain, &domain_shape, ALWAYS_THERE, .offset = offsetof(struct config_view, domain))

/* Omits `available_models`, whose type differs between clients of 2.x and 3.x. */
static const struct member config_members[] = {
    SHOW(struct config_view, os_id, OR_NULL),
    SHOW(struct config_view, description, OR_LEFT_OUT),
    SHOW_AS("os_database", struct config_view, db_id, ALWAYS_THERE),
    SHOW_WRITTEN(VALUE_STRING, "databases", write_database_ids, ALWAYS_THERE, .is_list = true),
    SHOW_DOMAIN(session),
    SHOW_DOMAIN(metrics),
    SHOW_DOMAIN(memory),
    SHOW_DOMAIN(learning),
    SHOW_OBJECT("filesystem", &filesystem_shape, ALWAYS_THERE),
    SHOW_OBJECT("knowledge", &knowledge_shape, ALWAYS_THERE),
    SHOW_DOMAIN(evals),
    SHOW_DOMAIN(traces),
    SHOW_OBJECT("queue", &queue_shape, ALWAYS_THERE),
    SHOW_WRITTEN(VALUE_OBJECT, "agents", write_roster, ALWAYS_THERE, .is_list = true, .shape = &agent_summary_shape),
    SHOW_EMPTY_LIST("teams"),
    SHOW_EMPTY_LIST("workflows"),
    SHOW_EMPTY_LIST("interfaces"),
    SHOW_NOTHING("company", OR_NULL),
    MEMBERS_END,
};
// clang-format on
const struct shape config_shape = { .name = "Config", .parts = { config_members } };

void config_get(struct call *call)
{
    const struct catalogue *catalogue = call_catalogue(call);
    const struct config_view view = {
        .call = call,
        .os_id = catalogue->id,
        .description = catalogue->surface.description,
        .db_id = catalogue->db_id,
        .session = { catalogue->db_id, "agno_sessions" },
        .metrics = { catalogue->db_id, "agno_metrics" },
        .memory = { catalogue->db_id, "agno_memories" },
        .learning = { catalogue->db_id, "agno_learnings" },
        .evals = { catalogue->db_id, "agno_eval_runs" },
        .traces = { catalogue->db_id, NULL },
    };

    ensure(catalogue->db_id != NULL);
    answer_object(call, &config_shape, &view);
}

/* ---- GET /models ---- */

/* Returns whether both models have the same id and provider. */
static bool is_same_model(const struct model *one, const struct model *other)
{
    return strcmp(model_id(one), model_id(other)) == 0 &&
           strcmp(model_provider(one), model_provider(other)) == 0;
}

/* Returns whether an earlier agent uses the same model. */
static bool is_repeated(const struct catalogue *catalogue, size_t index)
{
    ensure(index < catalogue->agent_count);
    for (size_t i = 0; i < index; i++)
        if (is_same_model(catalogue->agents[i].model, catalogue->agents[index].model))
            return true;
    return false;
}

/* Answers with each model once, in the order of the agents. */
void models_get(struct call *call)
{
    const struct catalogue *catalogue = call_catalogue(call);
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);
    writer w = { .out = &body };

    write_array(&w);
    for (size_t i = 0; i < catalogue->agent_count; i++)
        if (!is_repeated(catalogue, i))
            shape_write(&model_summary_shape, &catalogue->agents[i], ABSENT_LEFT_OUT, &w);
    write_end(&w);
    call_buf(call, &body);
}

/* ---- GET /teams, GET /workflows ---- */

void empty_list_get(struct call *call)
{
    call_json(call, 200, STR("[]"));
}

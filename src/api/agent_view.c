/* Writes agents as JSON. Members that are always false are features this server does not have. */
#include "api/agent_view.h"

enum { DEFAULT_HISTORY_RUNS = 3 };

/* ---- what the members are made of; each record is a struct agent ---- */

static bool adds_history(const void *record)
{
    return ((const struct agent *)record)->add_history_to_context;
}

static bool has_unusual_history(const void *record)
{
    return ((const struct agent *)record)->num_history_runs != DEFAULT_HISTORY_RUNS;
}

static void write_history_runs(const void *record, writer *w)
{
    write_integer(w, ((const struct agent *)record)->num_history_runs);
}

static void write_true(const void *record, writer *w)
{
    (void)record;
    write_bool(w, true);
}

static bool has_system_message(const void *record)
{
    const struct agent *agent = record;

    return agent->description != NULL || agent->instructions != NULL;
}

/* ---- the tables ---- */

// clang-format off
static const struct member model_members[] = {
    SHOW_TEXT("name", agent_model_name, ALWAYS_THERE),
    SHOW_TEXT("model", agent_model_id, ALWAYS_THERE),
    SHOW_TEXT("provider", agent_model_provider, ALWAYS_THERE),
    MEMBERS_END,
};
static const struct shape model_shape = { .name = "AgentModel", .parts = { model_members } };

/* Writes only settings that differ from the defaults. */
static const struct member session_members[] = {
    SHOW_CONSTANT(VALUE_STRING, "session_table", "\"agno_sessions\""),
    SHOW_WRITTEN(VALUE_BOOL, "add_history_to_context", write_true, OR_LEFT_OUT, .has_value = adds_history),
    SHOW_WRITTEN(VALUE_INTEGER, "num_history_runs", write_history_runs, OR_LEFT_OUT, .has_value = has_unusual_history),
    MEMBERS_END,
};
static const struct shape sessions_shape = { .name = "AgentSessions", .parts = { session_members } };

static const struct member reasoning_members[] = {
    SHOW_CONSTANT(VALUE_BOOL, "reasoning", "false"),
    MEMBERS_END,
};
static const struct shape reasoning_shape = { .name = "AgentReasoning", .parts = { reasoning_members } };

static const struct member system_message_members[] = {
    SHOW(struct agent, description, OR_LEFT_OUT),
    SHOW(struct agent, instructions, OR_LEFT_OUT),
    MEMBERS_END,
};
static const struct shape system_message_shape = { .name = "AgentSystemMessage", .parts = { system_message_members } };

static const struct member agent_members[] = {
    SHOW(struct agent, id, ALWAYS_THERE),
    SHOW(struct agent, name, OR_LEFT_OUT),
    SHOW(struct agent, db_id, OR_LEFT_OUT),
    SHOW_CONSTANT(VALUE_BOOL, "filesystem", "false"),
    SHOW(struct agent, description, OR_LEFT_OUT),
    SHOW(struct agent, role, OR_LEFT_OUT),
    SHOW_CONSTANT(VALUE_BOOL, "is_factory", "false"),
    SHOW_OBJECT("model", &model_shape, ALWAYS_THERE),
    SHOW_OBJECT("sessions", &sessions_shape, ALWAYS_THERE),
    SHOW_OBJECT("reasoning", &reasoning_shape, ALWAYS_THERE),
    SHOW_OBJECT("system_message", &system_message_shape, OR_LEFT_OUT, .has_value = has_system_message),
    SHOW_CONSTANT(VALUE_BOOL, "is_component", "false"),
    SHOW_CONSTANT(VALUE_BOOL, "sandboxed", "false"),
    MEMBERS_END,
};
const struct shape agent_shape = { .name = "Agent", .parts = { agent_members } };

static const struct member model_summary_members[] = {
    SHOW_TEXT("id", agent_model_id, ALWAYS_THERE),
    SHOW_TEXT("provider", agent_model_provider, ALWAYS_THERE),
    MEMBERS_END,
};
const struct shape model_summary_shape = { .name = "ModelSummary", .parts = { model_summary_members } };

static const struct member agent_summary_members[] = {
    SHOW(struct agent, id, ALWAYS_THERE),
    SHOW(struct agent, name, OR_LEFT_OUT),
    SHOW(struct agent, description, OR_LEFT_OUT),
    SHOW(struct agent, db_id, OR_LEFT_OUT),
    SHOW_OBJECT("model", &model_summary_shape, ALWAYS_THERE),
    SHOW_CONSTANT(VALUE_BOOL, "sandboxed", "false"),
    MEMBERS_END,
};
const struct shape agent_summary_shape = { .name = "AgentSummary", .parts = { agent_summary_members } };
// clang-format on

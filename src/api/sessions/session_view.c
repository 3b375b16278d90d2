/* Writes stored sessions as JSON, with the members in the order of the contract. */
#include "api/sessions/session_view.h"

#include "base/ensure.h"
#include "base/mem.h"

/* The record of all tables in this file. */
struct session_record {
    struct session session;
    const struct run_object *objects; /* the runs of a full session, oldest first */
    size_t count;
};

/* ---- what the members are made of ---- */

static const char *display_name(const void *record)
{
    const struct session *session = &((const struct session_record *)record)->session;

    if (session->session_name != NULL)
        return session->session_name;
    return session->first_input != NULL ? session->first_input : "";
}

static const char *type_name(const void *record)
{
    return component_name(((const struct session_record *)record)->session.type);
}

/* Returns the component's id if the session is of this type, or NULL. */
static const char *component_id(const void *record, enum component type)
{
    const struct session *session = &((const struct session_record *)record)->session;

    return session->type == type ? session->component_id : NULL;
}

static const char *agent_id(const void *record)
{
    return component_id(record, COMPONENT_AGENT);
}

static const char *team_id(const void *record)
{
    return component_id(record, COMPONENT_TEAM);
}

static const char *workflow_id(const void *record)
{
    return component_id(record, COMPONENT_WORKFLOW);
}

/* Returns whether metadata is shown. A workflow session always shows it. */
static bool has_metadata(const void *record)
{
    const struct session *session = &((const struct session_record *)record)->session;

    return session->metadata != NULL || session->type == COMPONENT_WORKFLOW;
}

static void write_object_or_empty(const char *json, writer *w)
{
    write_raw(w, json != NULL ? str_of(json) : STR("{}"));
}

static void write_metadata(const void *record, writer *w)
{
    write_object_or_empty(((const struct session_record *)record)->session.metadata, w);
}

static void write_workflow_data(const void *record, writer *w)
{
    write_object_or_empty(((const struct session_record *)record)->session.component_data, w);
}

static bool is_chat(const struct run_message *message)
{
    return strcmp(message->body.role, "user") == 0 || strcmp(message->body.role, "assistant") == 0;
}

/* Writes the messages of the user and the assistant. */
static void write_chat_history(const void *record, writer *w)
{
    const struct session_record *view = record;

    ensure(view->count == 0 || view->objects != NULL);
    write_array(w);
    for (size_t i = 0; i < view->count; i++)
        for (size_t at = 0; at < view->objects[i].message_count; at++)
            if (is_chat(&view->objects[i].messages[at]))
                run_object_write_message(&view->objects[i].messages[at], w);
    write_end(w);
}

/* Returns whether session_data has any member. */
static bool has_session_data(const void *record)
{
    const struct session *session = &((const struct session_record *)record)->session;

    return session->session_name != NULL || session->session_state != NULL ||
           session->metrics != NULL;
}

static bool has_stored_metrics(const void *record)
{
    const char *metrics = ((const struct session_record *)record)->session.metrics;

    return metrics != NULL && strcmp(metrics, "{}") != 0;
}

static void write_stored_metrics(const void *record, writer *w)
{
    write_raw(w, str_of(((const struct session_record *)record)->session.metrics));
}

/* ---- the tables, in the order of the contract ---- */

// clang-format off
static const char *const types[] = { "agent", "team", "workflow", NULL };

#define SHOW_METRICS(need) \
    SHOW_TYPED(VALUE_OBJECT, "metrics", struct session_record, session.metrics, need, .shape = &session_metrics_shape)
#define SHOW_TIMES                                                             \
    SHOW_TYPED(VALUE_TIME, "created_at", struct session_record, session.created_at, ALWAYS_THERE),    \
    SHOW_TYPED(VALUE_TIME, "updated_at", struct session_record, session.updated_at, ALWAYS_THERE)
#define SHOW_CHAT_HISTORY                                                                   \
    SHOW_WRITTEN(VALUE_OBJECT, "chat_history", write_chat_history, ALWAYS_THERE,             \
                 .is_list = true, .shape = &run_message_shape)

static const struct member item_members[] = {
    SHOW_AS("session_id", struct session_record, session.session_id, ALWAYS_THERE),
    SHOW_TEXT("session_name", display_name, ALWAYS_THERE),
    SHOW_TYPED(VALUE_FREE, "session_state", struct session_record, session.session_state, OR_LEFT_OUT),
    SHOW_TIMES,
    SHOW_TEXT("session_type", type_name, ALWAYS_THERE, .words = types),
    SHOW_AS("user_id", struct session_record, session.user_id, OR_LEFT_OUT),
    SHOW_TEXT("agent_id", agent_id, OR_LEFT_OUT),
    SHOW_TEXT("team_id", team_id, OR_LEFT_OUT),
    SHOW_TEXT("workflow_id", workflow_id, OR_LEFT_OUT),
    SHOW_TYPED(VALUE_FREE, "session_summary", struct session_record, session.summary, OR_LEFT_OUT),
    SHOW_METRICS(OR_LEFT_OUT),
    SHOW_AS("total_tokens", struct session_record, session.total_tokens, OR_LEFT_OUT, .is_positive = true),
    SHOW_WRITTEN(VALUE_FREE, "metadata", write_metadata, OR_LEFT_OUT, .has_value = has_metadata),
    MEMBERS_END,
};
const struct shape session_item_shape = { .name = "Session", .parts = { item_members } };

static const struct member agent_members[] = {
    SHOW_AS("user_id", struct session_record, session.user_id, OR_EITHER),
    SHOW_AS("agent_session_id", struct session_record, session.session_id, ALWAYS_THERE),
    SHOW_AS("session_id", struct session_record, session.session_id, ALWAYS_THERE),
    SHOW_TEXT("session_name", display_name, ALWAYS_THERE),
    SHOW_TYPED(VALUE_FREE, "session_summary", struct session_record, session.summary, OR_EITHER),
    SHOW_TYPED(VALUE_FREE, "session_state", struct session_record, session.session_state, OR_EITHER),
    SHOW_AS("agent_id", struct session_record, session.component_id, OR_EITHER),
    SHOW_AS("total_tokens", struct session_record, session.total_tokens, OR_EITHER, .is_positive = true),
    SHOW_TYPED(VALUE_OBJECT, "agent_data", struct session_record, session.component_data, OR_EITHER, .shape = &run_agent_data_shape),
    SHOW_METRICS(OR_EITHER),
    SHOW_TYPED(VALUE_FREE, "metadata", struct session_record, session.metadata, OR_EITHER),
    SHOW_CHAT_HISTORY,
    SHOW_TIMES,
    MEMBERS_END,
};

static const struct member team_members[] = {
    SHOW_AS("session_id", struct session_record, session.session_id, ALWAYS_THERE),
    SHOW_TEXT("session_name", display_name, ALWAYS_THERE),
    SHOW_AS("user_id", struct session_record, session.user_id, OR_EITHER),
    SHOW_AS("team_id", struct session_record, session.component_id, OR_EITHER),
    SHOW_TYPED(VALUE_FREE, "session_summary", struct session_record, session.summary, OR_EITHER),
    SHOW_TYPED(VALUE_FREE, "session_state", struct session_record, session.session_state, OR_EITHER),
    SHOW_METRICS(OR_EITHER),
    SHOW_TYPED(VALUE_FREE, "team_data", struct session_record, session.component_data, OR_EITHER),
    SHOW_TYPED(VALUE_FREE, "metadata", struct session_record, session.metadata, OR_EITHER),
    SHOW_CHAT_HISTORY,
    SHOW_TIMES,
    SHOW_AS("total_tokens", struct session_record, session.total_tokens, OR_EITHER, .is_positive = true),
    MEMBERS_END,
};

/* The session_data of a workflow session, under its stored names. */
static const struct member session_data_members[] = {
    SHOW_TYPED(VALUE_FREE, "session_state", struct session_record, session.session_state, OR_LEFT_OUT),
    SHOW_AS("session_name", struct session_record, session.session_name, OR_LEFT_OUT),
    SHOW_WRITTEN(VALUE_OBJECT, "session_metrics", write_stored_metrics, OR_LEFT_OUT, .has_value = has_stored_metrics, .shape = &session_metrics_shape),
    MEMBERS_END,
};
static const struct shape session_data_shape = { .name = "SessionData", .parts = { session_data_members } };

static const struct member workflow_members[] = {
    SHOW_AS("user_id", struct session_record, session.user_id, OR_EITHER),
    SHOW_AS("workflow_id", struct session_record, session.component_id, OR_EITHER),
    SHOW_NOTHING("workflow_name", OR_EITHER),
    SHOW_AS("session_id", struct session_record, session.session_id, ALWAYS_THERE),
    SHOW_TEXT("session_name", display_name, ALWAYS_THERE),
    SHOW_OBJECT("session_data", &session_data_shape, OR_EITHER, .has_value = has_session_data),
    SHOW_TYPED(VALUE_FREE, "session_state", struct session_record, session.session_state, OR_EITHER),
    SHOW_WRITTEN(VALUE_FREE, "workflow_data", write_workflow_data, ALWAYS_THERE),
    SHOW_WRITTEN(VALUE_FREE, "metadata", write_metadata, ALWAYS_THERE),
    SHOW_TIMES,
    MEMBERS_END,
};
// clang-format on

static const struct shape agent_shape = { .name = "AgentSession", .parts = { agent_members } };
static const struct shape team_shape = { .name = "TeamSession", .parts = { team_members } };
static const struct shape workflow_shape = { .name = "WorkflowSession",
                                             .parts = { workflow_members } };
static const struct shape *const details[] = { &agent_shape, &team_shape, &workflow_shape, NULL };
const struct shape session_detail_shape = { .name = "SessionDetail", .one_of = details };

void session_view_write_item(const struct session *session, writer *w)
{
    const struct session_record record = { .session = *session };

    shape_write(&session_item_shape, &record, ABSENT_LEFT_OUT, w);
}

/* Writes the full session, or {} if it has no type. */
void session_view_write_detail(const struct session_view *view, writer *w)
{
    static const struct shape *const by_type[] = {
        [COMPONENT_NONE] = NULL,
        [COMPONENT_AGENT] = &agent_shape,
        [COMPONENT_TEAM] = &team_shape,
        [COMPONENT_WORKFLOW] = &workflow_shape,
    };

    enum absent_values absent = view->nulls == SESSION_NULLS ? ABSENT_NULL : ABSENT_LEFT_OUT;

    ensure((size_t)view->session->type < COUNT(by_type));
    const struct shape *shape = by_type[view->session->type];
    const struct session_record record = { *view->session, view->objects, view->count };
    if (shape != NULL)
        shape_write(shape, &record, absent, w);
    else
        write_raw(w, STR("{}"));
}

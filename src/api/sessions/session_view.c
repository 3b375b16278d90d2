/* Writes a stored session as JSON: as an item of the list, and in full for each session type. The
 * members are in the order of the contract. */
#include "api/sessions/session_view.h"

#include "base/clock.h"

static const char *display_name(const struct session *session)
{
    if (session->session_name != NULL)
        return session->session_name;
    return session->first_input != NULL ? session->first_input : "";
}

static void write_stored_if(writer *w, const char *name, const char *json)
{
    if (json == NULL)
        return;
    write_key(w, name);
    write_raw(w, str_of(json));
}

/* A workflow's session always shows these. */
static const char *object_or_empty(const char *json)
{
    return json != NULL ? json : "{}";
}

static void write_times(const struct session *session, writer *w)
{
    char text[CLOCK_TEXT_SIZE];

    write_member(w, "created_at", clock_iso8601(session->created_at, text));
    write_member(w, "updated_at", clock_iso8601(session->updated_at, text));
}

static void write_component_id(const struct session *session, writer *w)
{
    static const char *const keys[] = { [COMPONENT_NONE] = NULL,
                                        [COMPONENT_AGENT] = "agent_id",
                                        [COMPONENT_TEAM] = "team_id",
                                        [COMPONENT_WORKFLOW] = "workflow_id" };

    if (session->type != COMPONENT_NONE)
        write_member_if(w, keys[session->type], session->component_id);
}

static void write_total_tokens(const struct session *session, writer *w)
{
    if (session->total_tokens > 0)
        write_member_int(w, "total_tokens", session->total_tokens);
}

void session_view_write_item(const struct session *session, writer *w)
{
    write_object(w);
    write_member(w, "session_id", session->session_id);
    write_member(w, "session_name", display_name(session));
    write_stored_if(w, "session_state", session->session_state);
    write_times(session, w);
    write_member(w, "session_type", component_name(session->type));
    write_member_if(w, "user_id", session->user_id);
    write_component_id(session, w);
    write_stored_if(w, "session_summary", session->summary);
    write_stored_if(w, "metrics", session->metrics);
    write_total_tokens(session, w);
    write_stored_if(w, "metadata",
                    session->type == COMPONENT_WORKFLOW ? object_or_empty(session->metadata)
                                                        : session->metadata);
    write_end(w);
}

static bool is_chat(const struct run_message *message)
{
    return strcmp(message->said.role, "user") == 0 || strcmp(message->said.role, "assistant") == 0;
}

/* Writes what was said in the session, without the prompts of its agents. */
static void write_chat_history(const struct session_view *view, writer *w)
{
    write_key(w, "chat_history");
    write_array(w);
    for (size_t i = 0; i < view->count; i++)
        for (size_t at = 0; at < view->objects[i].message_count; at++)
            if (is_chat(&view->objects[i].messages[at]))
                run_object_write_message(&view->objects[i].messages[at], w);
    write_end(w);
}

static void member(const struct session_view *view, const char *name, const char *text, writer *w)
{
    if (text != NULL || view->nulls == SESSION_NULLS)
        write_member(w, name, text);
}

static void stored(const struct session_view *view, const char *name, const char *json, writer *w)
{
    if (json != NULL)
        write_stored_if(w, name, json);
    else
        member(view, name, NULL, w);
}

static void total_tokens(const struct session_view *view, writer *w)
{
    if (view->session->total_tokens > 0)
        write_total_tokens(view->session, w);
    else
        member(view, "total_tokens", NULL, w);
}

/* The members of an agent's session. */
static void write_agent(const struct session_view *view, writer *w)
{
    const struct session *s = view->session;

    member(view, "user_id", s->user_id, w);
    write_member(w, "agent_session_id", s->session_id);
    write_member(w, "session_id", s->session_id);
    write_member(w, "session_name", display_name(s));
    stored(view, "session_summary", s->summary, w);
    stored(view, "session_state", s->session_state, w);
    member(view, "agent_id", s->component_id, w);
    total_tokens(view, w);
    stored(view, "agent_data", s->component_data, w);
    stored(view, "metrics", s->metrics, w);
    stored(view, "metadata", s->metadata, w);
    write_chat_history(view, w);
    write_times(s, w);
}

/* The members of a team's session. */
static void write_team(const struct session_view *view, writer *w)
{
    const struct session *s = view->session;

    write_member(w, "session_id", s->session_id);
    write_member(w, "session_name", display_name(s));
    member(view, "user_id", s->user_id, w);
    member(view, "team_id", s->component_id, w);
    stored(view, "session_summary", s->summary, w);
    stored(view, "session_state", s->session_state, w);
    stored(view, "metrics", s->metrics, w);
    stored(view, "team_data", s->component_data, w);
    stored(view, "metadata", s->metadata, w);
    write_chat_history(view, w);
    write_times(s, w);
    total_tokens(view, w);
}

/* What a workflow's session holds, once more, under the names of its storage. */
static void write_session_data(const struct session_view *view, writer *w)
{
    const struct session *s = view->session;

    if (s->session_name == NULL && s->session_state == NULL && s->metrics == NULL) {
        member(view, "session_data", NULL, w);
        return;
    }
    write_key(w, "session_data");
    write_object(w);
    write_stored_if(w, "session_state", s->session_state);
    write_member_if(w, "session_name", s->session_name);
    if (s->metrics != NULL && strcmp(s->metrics, "{}") != 0)
        write_stored_if(w, "session_metrics", s->metrics);
    write_end(w);
}

/* The members of a workflow's session. */
static void write_workflow(const struct session_view *view, writer *w)
{
    const struct session *s = view->session;

    member(view, "user_id", s->user_id, w);
    member(view, "workflow_id", s->component_id, w);
    member(view, "workflow_name", NULL, w);
    write_member(w, "session_id", s->session_id);
    write_member(w, "session_name", display_name(s));
    write_session_data(view, w);
    stored(view, "session_state", s->session_state, w);
    write_stored_if(w, "workflow_data", object_or_empty(s->component_data));
    write_stored_if(w, "metadata", object_or_empty(s->metadata));
    write_times(s, w);
}

void session_view_write_detail(const struct session_view *view, writer *w)
{
    static void (*const write[])(const struct session_view *, writer *) = {
        [COMPONENT_NONE] = NULL,
        [COMPONENT_AGENT] = write_agent,
        [COMPONENT_TEAM] = write_team,
        [COMPONENT_WORKFLOW] = write_workflow,
    };

    write_object(w);
    if (view->session->type != COMPONENT_NONE)
        write[view->session->type](view, w);
    write_end(w);
}

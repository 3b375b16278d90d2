/* Writes a stored session as JSON: as an item of the list, and in full for each session type. The
 * members are in the order of the contract. */
#include "api/sessions/session_view.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/mem.h"

/* Returns the session's name, or else the first message of its user; "" if it has neither. */
static const char *display_name(const struct session *session)
{
    if (session->session_name != NULL)
        return session->session_name;
    return session->first_input != NULL ? session->first_input : "";
}

/* Writes a member whose value is stored as JSON; nothing if it is NULL. */
static void write_stored_if(writer *w, const char *name, const char *json)
{
    if (json == NULL)
        return;
    write_key(w, name);
    write_raw(w, str_of(json));
}

/* Returns the stored JSON object, or an empty one for NULL: a workflow's session shows it always.
 */
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

/* Writes the id of the session's agent, team or workflow under the name of its type. */
static void write_component_id(const struct session *session, writer *w)
{
    static const char *const keys[] = { [COMPONENT_NONE] = NULL,
                                        [COMPONENT_AGENT] = "agent_id",
                                        [COMPONENT_TEAM] = "team_id",
                                        [COMPONENT_WORKFLOW] = "workflow_id" };

    ensure((size_t)session->type < COUNT(keys));
    if (session->type != COMPONENT_NONE)
        write_member_if(w, keys[session->type], session->component_id);
}

static void write_total_tokens(const struct session *session, writer *w)
{
    if (session->total_tokens > 0)
        write_member_int(w, "total_tokens", session->total_tokens);
}

/* The members stand in the contract's order. */
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
    if (session->type == COMPONENT_WORKFLOW)
        write_stored_if(w, "metadata", object_or_empty(session->metadata));
    else
        write_stored_if(w, "metadata", session->metadata);
    write_end(w);
}

/* Returns whether the message is part of the chat: one of the user or of the assistant. */
static bool is_chat(const struct run_message *message)
{
    return strcmp(message->said.role, "user") == 0 || strcmp(message->said.role, "assistant") == 0;
}

/* Writes the chat messages of one run as items of a list. */
static void write_chat_of_run(const struct run_object *run, writer *w)
{
    for (size_t i = 0; i < run->message_count; i++)
        if (is_chat(&run->messages[i]))
            run_object_write_message(&run->messages[i], w);
}

/* Writes the chat of all runs of the session, without system prompts. */
static void write_chat_history(const struct session_view *view, writer *w)
{
    ensure(view->count == 0 || view->objects != NULL);
    write_key(w, "chat_history");
    write_array(w);
    for (size_t i = 0; i < view->count; i++)
        write_chat_of_run(&view->objects[i], w);
    write_end(w);
}

/* Writes a member of text. If it is NULL, the view decides whether null is written. */
static void write_text_member(const struct session_view *view, const char *name, const char *text,
                              writer *w)
{
    if (text != NULL || view->nulls == SESSION_NULLS)
        write_member(w, name, text);
}

/* Writes a member that is stored as JSON. If it is NULL, the view decides whether null is written.
 */
static void write_stored_member(const struct session_view *view, const char *name, const char *json,
                                writer *w)
{
    if (json != NULL)
        write_stored_if(w, name, json);
    else
        write_text_member(view, name, NULL, w);
}

/* Writes the tokens of all runs. If they are 0, the view decides whether null is written. */
static void write_tokens_member(const struct session_view *view, writer *w)
{
    if (view->session->total_tokens > 0)
        write_total_tokens(view->session, w);
    else
        write_text_member(view, "total_tokens", NULL, w);
}

/* The members of an agent's session. */
static void write_agent(const struct session_view *view, writer *w)
{
    const struct session *s = view->session;

    write_text_member(view, "user_id", s->user_id, w);
    write_member(w, "agent_session_id", s->session_id);
    write_member(w, "session_id", s->session_id);
    write_member(w, "session_name", display_name(s));
    write_stored_member(view, "session_summary", s->summary, w);
    write_stored_member(view, "session_state", s->session_state, w);
    write_text_member(view, "agent_id", s->component_id, w);
    write_tokens_member(view, w);
    write_stored_member(view, "agent_data", s->component_data, w);
    write_stored_member(view, "metrics", s->metrics, w);
    write_stored_member(view, "metadata", s->metadata, w);
    write_chat_history(view, w);
    write_times(s, w);
}

/* The members of a team's session. */
static void write_team(const struct session_view *view, writer *w)
{
    const struct session *s = view->session;

    write_member(w, "session_id", s->session_id);
    write_member(w, "session_name", display_name(s));
    write_text_member(view, "user_id", s->user_id, w);
    write_text_member(view, "team_id", s->component_id, w);
    write_stored_member(view, "session_summary", s->summary, w);
    write_stored_member(view, "session_state", s->session_state, w);
    write_stored_member(view, "metrics", s->metrics, w);
    write_stored_member(view, "team_data", s->component_data, w);
    write_stored_member(view, "metadata", s->metadata, w);
    write_chat_history(view, w);
    write_times(s, w);
    write_tokens_member(view, w);
}

/* Writes the session_data of a workflow's session: the state, the name and the metrics, under the
 * names that the reference implementation stores them by. */
static void write_session_data(const struct session_view *view, writer *w)
{
    const struct session *s = view->session;

    if (s->session_name == NULL && s->session_state == NULL && s->metrics == NULL) {
        write_text_member(view, "session_data", NULL, w);
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

    write_text_member(view, "user_id", s->user_id, w);
    write_text_member(view, "workflow_id", s->component_id, w);
    write_text_member(view, "workflow_name", NULL, w);
    write_member(w, "session_id", s->session_id);
    write_member(w, "session_name", display_name(s));
    write_session_data(view, w);
    write_stored_member(view, "session_state", s->session_state, w);
    write_stored_if(w, "workflow_data", object_or_empty(s->component_data));
    write_stored_if(w, "metadata", object_or_empty(s->metadata));
    write_times(s, w);
}

/* A session without a type shows no members; only another writer of the database can leave one. */
void session_view_write_detail(const struct session_view *view, writer *w)
{
    static void (*const write[])(const struct session_view *, writer *) = {
        [COMPONENT_NONE] = NULL,
        [COMPONENT_AGENT] = write_agent,
        [COMPONENT_TEAM] = write_team,
        [COMPONENT_WORKFLOW] = write_workflow,
    };

    ensure((size_t)view->session->type < COUNT(write));
    write_object(w);
    if (view->session->type != COMPONENT_NONE)
        write[view->session->type](view, w);
    write_end(w);
}

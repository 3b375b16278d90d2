/* The detail differs by the session's type; the order of members is the contract's. */
#include "api/session_view.h"

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
    write_stored_if(w, "metadata", session->metadata);
    write_end(w);
}

static bool is_chat(const json_t *message)
{
    const char *role = json_text(message, "role");

    return role != NULL && (strcmp(role, "user") == 0 || strcmp(role, "assistant") == 0);
}

static void write_chat_history(const json_t *const *objects, size_t count, writer *w)
{
    write_key(w, "chat_history");
    write_array(w);
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        json_t *message = NULL;

        json_array_foreach(json_object_get(objects[i], "messages"), at,
                           message) if (is_chat(message)) write_json(w, message);
    }
    write_end(w);
}

void session_view_write_detail(const struct session *session, const json_t *const *objects,
                               size_t count, writer *w)
{
    write_object(w);
    write_member_if(w, "user_id", session->user_id);
    if (session->type == COMPONENT_AGENT)
        write_member(w, "agent_session_id", session->session_id);
    write_member(w, "session_id", session->session_id);
    write_member(w, "session_name", display_name(session));
    write_stored_if(w, "session_summary", session->summary);
    write_stored_if(w, "session_state", session->session_state);
    write_component_id(session, w);
    write_total_tokens(session, w);
    write_stored_if(w, "agent_data", session->component_data);
    write_stored_if(w, "metrics", session->metrics);
    write_stored_if(w, "metadata", session->metadata);
    write_chat_history(objects, count, w);
    write_times(session, w);
    write_end(w);
}

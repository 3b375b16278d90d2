/* Writes the JSON object of a run, with its members in the order that the contract gives. These
 * functions only read plain data, so any thread may call them. */
#include "run/run_object.h"

#include "base/ensure.h"

/* ---- metrics ---- */

/* Writes a count, unless it is zero: then the provider did not report it. */
static void write_count(writer *w, const char *name, int64_t count)
{
    ensure(count >= 0);
    if (count > 0)
        write_member_int(w, name, count);
}

/* Writes the counts that the run and each of its models show. */
static void write_totals(writer *w, const struct model_usage *usage)
{
    write_count(w, "input_tokens", usage->input_tokens);
    write_count(w, "output_tokens", usage->output_tokens);
    write_count(w, "total_tokens", usage->total_tokens);
}

static void write_counts(writer *w, const struct model_usage *usage)
{
    write_totals(w, usage);
    write_count(w, "reasoning_tokens", usage->reasoning_tokens);
    write_count(w, "cache_read_tokens", usage->cache_read_tokens);
    write_count(w, "cache_write_tokens", usage->cache_write_tokens);
}

/* Writes the totals for each model. A run has used one model. */
static void write_model_details(const struct run_object *object, writer *w)
{
    ensure(object->model_id != NULL);
    ensure(object->model_provider != NULL);
    write_key(w, "details");
    write_object(w);
    write_key(w, "model");
    write_array(w);
    write_object(w);
    write_totals(w, &object->usage);
    write_member(w, "id", object->model_id);
    write_member(w, "provider", object->model_provider);
    write_end(w);
    write_end(w);
    write_end(w);
}

void run_object_write_metrics(const struct run_object *object, writer *w)
{
    ensure(object->time_to_first_token >= 0);
    ensure(object->duration >= 0);
    write_key(w, "metrics");
    write_object(w);
    if (object->has_first_token) {
        write_counts(w, &object->usage);
        write_member_real(w, "time_to_first_token", object->time_to_first_token);
    }
    write_member_real(w, "duration", object->duration);
    if (object->has_first_token && object->has_details)
        write_model_details(object, w);
    write_end(w);
}

/* ---- messages ---- */

static void write_message_metrics(const struct run_message *message, writer *w)
{
    ensure(message->has_metrics);
    ensure(message->time_to_first_token >= 0);
    write_key(w, "metrics");
    write_object(w);
    write_counts(w, &message->usage);
    write_member_real(w, "time_to_first_token", message->time_to_first_token);
    write_end(w);
}

/* Writes the content of a message, which is one text: the texts of its parts, joined. */
static void write_content(const struct model_message *said, writer *w)
{
    ensure(said->part_count == 0 || said->parts != NULL);
    AUTO(arena) *joined = NULL; /* only several parts need memory */

    if (said->part_count > 1)
        joined = arena_new();
    write_key(w, "content");
    write_str(w, model_message_text(said, joined));
}

/* Writes the message as a JSON object. */
void run_object_write_message(const struct run_message *message, writer *w)
{
    ensure(message->id != NULL);
    ensure(message->said.role != NULL);
    write_object(w);
    write_member(w, "id", message->id);
    write_content(&message->said, w);
    write_member_bool(w, "from_history", message->from_history);
    write_member_bool(w, "stop_after_tool_call", false);
    write_member(w, "role", message->said.role);
    if (message->has_metrics)
        write_message_metrics(message, w);
    write_member_int(w, "created_at", message->created_at);
    write_end(w);
}

/* Messages of earlier runs are left out unless with_history is set. */
void run_object_write_messages(const struct run_object *object, bool with_history, writer *w)
{
    ensure(object->message_count == 0 || object->messages != NULL);
    write_key(w, "messages");
    write_array(w);
    for (size_t i = 0; i < object->message_count; i++)
        if (with_history || !object->messages[i].from_history)
            run_object_write_message(&object->messages[i], w);
    write_end(w);
}

/* ---- the object ---- */

/* Writes the members that come before the messages and events. */
static void write_head(const struct run_object *object, writer *w)
{
    ensure(object->model_id != NULL);
    ensure(object->model_provider != NULL);
    ensure(object->created_at >= 0);
    write_member(w, "run_id", object->run_id);
    write_member(w, "agent_id", object->agent_id);
    write_member_if(w, "agent_name", object->agent_name);
    write_member(w, "session_id", object->session_id);
    write_member_if(w, "user_id", object->user_id);
    write_member(w, "content", object->content);
    write_member(w, "content_type", "str");
    write_member(w, "model", object->model_id);
    write_member(w, "model_provider", object->model_provider);
    write_key(w, "session_state");
    write_raw(w, object->session_state);
    write_member_int(w, "created_at", object->created_at);
    write_member(w, "status", run_status_word(object->status));
    write_member_if(w, "cancellation_stage", run_stage_word(object->stage));
    run_object_write_metrics(object, w);
}

/* Writes the stored events, which are a JSON list already. */
static void write_events(const struct run_object *object, writer *w)
{
    ensure(object->events.len == 0 || object->events.ptr[0] == '[');
    write_key(w, "events");
    write_raw(w, object->events.len > 0 ? object->events : STR("[]"));
}

/* Writes the members that come after the messages. */
static void write_tail(const struct run_object *object, enum run_shape shape, writer *w)
{
    ensure(object->input != NULL);
    if (object->metadata.len > 0) {
        write_key(w, "metadata");
        write_raw(w, object->metadata);
    }
    if (shape == RUN_SHAPE_REPLY && object->has_first_token) {
        write_key(w, "tools");
        write_raw(w, STR("[]"));
    }
    write_key(w, "input");
    write_object(w);
    write_member(w, "input_content", object->input);
    write_end(w);
}

/* The two shapes differ in the history, the events and the tools. */
void run_object_write(const struct run_object *object, enum run_shape shape, writer *w)
{
    ensure(object->run_id != NULL);
    ensure(object->session_id != NULL);
    ensure(object->agent_id != NULL);
    ensure(object->content != NULL);
    ensure(object->session_state.len > 0);
    ensure(shape == RUN_SHAPE_REPLY || shape == RUN_SHAPE_STORED);
    ensure(object->stage == RUN_STAGE_NONE || object->status == RUN_STATUS_CANCELLED);
    write_object(w);
    write_head(object, w);
    if (shape == RUN_SHAPE_STORED)
        write_events(object, w);
    run_object_write_messages(object, shape == RUN_SHAPE_REPLY, w);
    write_tail(object, shape, w);
    write_end(w);
}

/* A run as the wire shows it: its events, and the run object. Key order is the contract's. */
#include "base/clock.h"
#include "base/limits.h"
#include "run/run_internal.h"

static double seconds_between(uint64_t from_ns, uint64_t to_ns)
{
    return to_ns > from_ns ? (double)(to_ns - from_ns) / 1e9 : 0;
}

static void write_tokens(writer *w, const struct model_usage *usage)
{
    write_member_int(w, "input_tokens", usage->input_tokens);
    write_member_int(w, "output_tokens", usage->output_tokens);
    write_member_int(w, "total_tokens", usage->total_tokens);
}

/* Counts that most providers never fill: shown when there is something to show. */
static void write_finer_tokens(writer *w, const struct model_usage *usage)
{
    if (usage->reasoning_tokens > 0)
        write_member_int(w, "reasoning_tokens", usage->reasoning_tokens);
    if (usage->cache_read_tokens > 0)
        write_member_int(w, "cache_read_tokens", usage->cache_read_tokens);
    if (usage->cache_write_tokens > 0)
        write_member_int(w, "cache_write_tokens", usage->cache_write_tokens);
}

static bool has_answer(const struct run *run)
{
    return run->first_token_ns != 0;
}

static void write_model_details(const struct run *run, writer *w)
{
    write_key(w, "details");
    write_object(w);
    write_key(w, "model");
    write_array(w);
    write_object(w);
    write_tokens(w, &run->usage);
    write_member(w, "id", model_id(run->agent->model));
    write_member(w, "provider", model_provider(run->agent->model));
    write_end(w);
    write_end(w);
    write_end(w);
}

static void write_metrics(const struct run *run, writer *w)
{
    write_key(w, "metrics");
    write_object(w);
    if (has_answer(run)) {
        write_tokens(w, &run->usage);
        write_finer_tokens(w, &run->usage);
        write_member_real(w, "time_to_first_token",
                          seconds_between(run->started_ns, run->first_token_ns));
    }
    write_member_real(w, "duration", seconds_between(run->started_ns, run->ended_ns));
    if (has_answer(run))
        write_model_details(run, w);
    write_end(w);
}

static void write_message_metrics(const struct run *run, const struct run_message *message,
                                  writer *w)
{
    if (message->metrics != NULL) {
        write_key(w, "metrics");
        write_json(w, message->metrics);
    } else if (message->has_usage) {
        write_key(w, "metrics");
        write_object(w);
        write_tokens(w, &run->usage);
        write_finer_tokens(w, &run->usage);
        write_member_real(w, "time_to_first_token",
                          seconds_between(run->model_started_ns, run->first_token_ns));
        write_end(w);
    }
}

static void write_message(const struct run *run, const struct run_message *message, writer *w)
{
    write_object(w);
    write_member(w, "id", message->id);
    write_member(w, "content", message->content);
    write_member_bool(w, "from_history", message->from_history);
    write_member_bool(w, "stop_after_tool_call", false);
    write_member(w, "role", message->role);
    write_message_metrics(run, message, w);
    write_member_int(w, "created_at", message->created_at);
    write_end(w);
}

static void write_messages(const struct run *run, bool with_history, writer *w)
{
    write_key(w, "messages");
    write_array(w);
    for (size_t i = 0; i < run->message_count; i++)
        if (with_history || !run->messages[i].from_history)
            write_message(run, &run->messages[i], w);
    write_end(w);
}

static const char *run_content(const struct run *run)
{
    if (run->error_text != NULL)
        return run->error_text;
    return run->content.ptr != NULL ? run->content.ptr : "";
}

static void write_head(const struct run *run, writer *w)
{
    write_member(w, "run_id", run->run_id);
    write_member(w, "agent_id", run->agent->id);
    write_member_if(w, "agent_name", run->agent->name);
    write_member(w, "session_id", run->session_id);
    write_member_if(w, "user_id", run->owner.user_id);
    write_member(w, "content", run_content(run));
    write_member(w, "content_type", "str");
    write_member(w, "model", model_id(run->agent->model));
    write_member(w, "model_provider", model_provider(run->agent->model));
    write_key(w, "session_state");
    write_json(w, run->session_state);
    write_member_int(w, "created_at", run->created_at);
    write_member(w, "status", run->status);
    write_metrics(run, w);
}

static void write_tail(const struct run *run, writer *w)
{
    write_key(w, "input");
    write_object(w);
    write_member(w, "input_content", run->input);
    write_end(w);
    write_end(w);
}

static void write_metadata(const struct run *run, writer *w)
{
    if (run->metadata == NULL)
        return;
    write_key(w, "metadata");
    write_json(w, run->metadata);
}

void run_write(const struct run *run, writer *w)
{
    write_object(w);
    write_head(run, w);
    write_messages(run, true, w);
    write_metadata(run, w);
    if (has_answer(run)) {
        write_key(w, "tools");
        write_raw(w, STR("[]"));
    }
    write_tail(run, w);
}

void run_render_common(struct run *run)
{
    AUTO_BUF text = buf_with_limit(64 * KiB);
    writer w = { .out = &text, .comma = true };

    write_member(&w, "agent_id", run->agent->id);
    write_member_if(&w, "agent_name", run->agent->name);
    write_member(&w, "run_id", run->run_id);
    write_member(&w, "session_id", run->session_id);
    write_member_int(&w, "nested_depth", 0);
    run->event_common = (str){ arena_copy(run->arena, buf_view(&text)), text.len };
}

static void write_usage_fields(const struct run *run, writer *w)
{
    write_tokens(w, &run->usage);
    write_member_real(w, "time_to_first_token",
                      seconds_between(run->model_started_ns, run->first_token_ns));
    write_member_int(w, "reasoning_tokens", run->usage.reasoning_tokens);
    write_member_int(w, "cache_read_tokens", run->usage.cache_read_tokens);
    write_member_int(w, "cache_write_tokens", run->usage.cache_write_tokens);
}

static void write_delta_fields(str delta, writer *w)
{
    write_key(w, "content");
    write_str(w, delta);
    buf_append(
        w->out,
        STR(",\"workflow_agent\":false,\"content_type\":\"str\",\"reasoning_content\":\"\""));
}

static void write_result_fields(const struct run *run, writer *w)
{
    write_member(w, "content", run_content(run));
    write_member(w, "content_type", "str");
    write_key(w, "session_state");
    write_json(w, run->session_state);
    write_metrics(run, w);
}

static void write_event(const struct run *run, enum run_event event, str delta, int64_t created_at,
                        writer *w)
{
    unsigned fields = run_event_fields(event);

    write_object(w);
    write_member_int(w, "created_at", created_at);
    write_key(w, "event");
    write_str(w, run_event_name(event));
    buf_append(w->out, run->event_common);
    if (fields & EVENT_MODEL) {
        write_member(w, "model", model_id(run->agent->model));
        write_member(w, "model_provider", model_provider(run->agent->model));
    }
    if (fields & EVENT_DELTA)
        write_delta_fields(delta, w);
    if (fields & EVENT_USAGE)
        write_usage_fields(run, w);
    if (fields & EVENT_RESULT)
        write_result_fields(run, w);
    if (fields & EVENT_ERROR) {
        write_member(w, "content", run->error_text);
        write_member(w, "error_type", run->error_type);
    }
    if (fields & EVENT_REASON)
        write_member(w, "reason", arena_printf(run->arena, "Run %s was cancelled", run->run_id));
    write_end(w);
}

str run_render_event(struct run *run, enum run_event event, str delta)
{
    buf_empty(&run->event);
    write_event(run, event, delta, clock_now_s(), &(writer){ .out = &run->event });
    return buf_view(&run->event);
}

/* ---- what is stored ---- */

enum run_event run_last_event(const struct run *run)
{
    if (run->error_text != NULL)
        return RUN_ERROR;
    return run->cancel_requested ? RUN_CANCELLED : RUN_COMPLETED;
}

/* All that was told but for the deltas, which are the content. */
static void write_told(const struct run *run, writer *w)
{
    enum run_event last = run_last_event(run);
    int64_t now_s = clock_now_s();

    write_array(w);
    write_event(run, RUN_STARTED, STR(""), run->created_at, w);
    write_event(run, RUN_MODEL_REQUEST_STARTED, STR(""), run->created_at, w);
    if (last == RUN_COMPLETED) {
        write_event(run, RUN_MODEL_REQUEST_COMPLETED, STR(""), now_s, w);
        write_event(run, RUN_CONTENT_COMPLETED, STR(""), now_s, w);
    }
    write_event(run, last, STR(""), now_s, w);
    write_end(w);
}

static void write_events(const struct run *run, writer *w)
{
    AUTO_BUF told = buf_with_limit(RUN_EVENTS_MAX_BYTES);

    if (run->keeps_events)
        write_told(run, &(writer){ .out = &told });
    write_key(w, "events");
    write_raw(w, run->keeps_events && buf_ok(&told) ? buf_view(&told) : STR("[]"));
}

void run_write_stored(const struct run *run, writer *w)
{
    write_object(w);
    write_head(run, w);
    write_events(run, w);
    write_messages(run, false, w);
    write_metadata(run, w);
    write_tail(run, w);
}

/* Renders the events of a run, sends them to its sinks and keeps them for storage. */
#include "base/clock.h"
#include "base/limits.h"
#include "run/event_view.h"
#include "run/run_internal.h"

/* Returns the seconds between two times, or 0 if the later one is not set. */
static double seconds_between(uint64_t from_ns, uint64_t to_ns)
{
    ensure(to_ns == 0 || from_ns != 0);
    return to_ns > from_ns ? (double)(to_ns - from_ns) / 1e9 : 0;
}

/* Returns the time to the first token in seconds, or 0 if none has come. */
static double model_seconds(const struct run *run)
{
    return seconds_between(run->model_started_ns, run->first_token_ns);
}

/* ---- the members of an event ---- */

/* Renders members shared by all events of the run, with a leading comma. */
static str render_members(struct run *run, const struct member *members,
                          const struct event_view *view)
{
    AUTO_BUF text = buf_with_limit(OUTPUT_MAX_BYTES);
    writer w = { .out = &text, .comma = true };

    members_write(members, view, ABSENT_LEFT_OUT, &w);
    ensure(buf_ok(&text));
    return (str){ arena_copy(run->arena, buf_view(&text)), text.len };
}

void run_render_common(struct run *run)
{
    ensure(run->event_common.len == 0);
    ensure(run->session_id != NULL);
    const struct shape *any = &run_event_shapes[RUN_CONTENT];
    const struct event_view view = { .agent_id = run->agent->id,
                                     .agent_name = run->agent->name,
                                     .run_id = run->run_id,
                                     .session_id = run->session_id,
                                     .reasoning = STR("") };

    run->event_common = render_members(run, any->parts[EVENT_COMMON], &view);
    /* The text of a delta comes first; the other members are constant. */
    run->delta_rest = render_members(run, any->parts[EVENT_OWN] + 1, &view);
}

static const char *cancel_reason(const struct run *run)
{
    ensure(run->cancel_requested);
    ensure(run->run_id[0] != '\0');
    return arena_printf(run->arena, "Run %s was cancelled", run->run_id);
}

/* Writes the members that only events of this kind have. */
static void write_own_members(const struct run *run, enum run_event_kind kind, writer *w)
{
    const struct shape *shape = &run_event_shapes[kind];
    struct event_view view = { .model = model_id(run->agent->model),
                               .model_provider = model_provider(run->agent->model),
                               .usage = run->usage,
                               .time_to_first_token = model_seconds(run),
                               .object = &run->object,
                               .content = run->object.content };

    ensure(kind != RUN_ERROR || run->error_text != NULL);
    ensure(kind != RUN_COMPLETED || run->object.content != NULL);
    if (kind == RUN_ERROR) {
        view.content = run->error_text;
        view.error_type = run->error_type;
    }
    if (kind == RUN_CANCELLED)
        view.reason = cancel_reason(run);
    for (size_t i = EVENT_OWN; i < SHAPE_PARTS_MAX && shape->parts[i] != NULL; i++)
        members_write(shape->parts[i], &view, ABSENT_LEFT_OUT, w);
}

/* Writes the members of a RUN_CONTENT event. Answer deltas reuse the text rendered before. */
static void write_delta(const struct run *run, const struct run_delta *delta, writer *w)
{
    const struct member *members = run_event_shapes[RUN_CONTENT].parts[EVENT_OWN];
    const struct event_view view = { .reasoning = delta->reasoning };

    ensure((delta->content.len > 0) != (delta->reasoning.len > 0));
    if (delta->content.len > 0) {
        write_key(w, members->name);
        write_str(w, delta->content);
        buf_append(w->out, run->delta_rest);
    } else {
        members_write(members, &view, ABSENT_LEFT_OUT, w);
    }
}

/* Renders the event as one line of JSON. */
str run_render_event(struct run *run, enum run_event_kind kind, const struct run_delta *delta,
                     int64_t now_s)
{
    const struct member *const *parts = run_event_shapes[kind].parts;
    const struct event_view view = { .created_at = now_s, .name = run_event_name(kind).ptr };
    writer w = { .out = &run->event };

    ensure(run->event_common.len > 0);
    ensure((kind == RUN_CONTENT) == (delta != NULL));
    buf_empty(&run->event);
    write_object(&w);
    members_write(parts[EVENT_HEAD], &view, ABSENT_LEFT_OUT, &w);
    buf_append(w.out, run->event_common);
    if (kind == RUN_CONTENT) {
        write_delta(run, delta, &w);
    } else {
        write_own_members(run, kind, &w);
    }
    write_end(&w);
    return buf_view(&run->event);
}

/* ---- sending and keeping events ---- */

/* Keeps the name and time of an event. run_row_object.c restores its other members. */
static void keep_event(struct run *run, enum run_event_kind kind, int64_t now_s)
{
    writer w = { .out = &run->kept_events };

    ensure(run->keeps_events);
    buf_append_char(&run->kept_events, run->kept_events.len == 0 ? '[' : ',');
    write_object(&w);
    write_key(&w, "event");
    write_str(&w, run_event_name(kind));
    write_member_int(&w, "created_at", now_s);
    if (kind == RUN_MODEL_REQUEST_COMPLETED)
        write_member_real(&w, "time_to_first_token", model_seconds(run));
    write_end(&w);
}

static void send_event(const struct run *run, enum run_event_kind kind, str json)
{
    const struct run_event event = {
        .name = run_event_name(kind), .json = json, .index = -1, .is_delta = kind == RUN_CONTENT
    };

    stream_send(&run->stream, &event);
}

/* Renders an event if anyone needs it. Deltas are never kept. */
void run_emit(struct run *run, enum run_event_kind kind, const struct run_delta *delta)
{
    ensure(run->state != RUN_OVER);

    bool is_kept = run->keeps_events && kind != RUN_CONTENT && run->status == RUN_STATUS_RUNNING;

    if (!is_kept && !stream_has_readers(&run->stream))
        return;
    int64_t now_s = clock_now_s();
    str json = run_render_event(run, kind, delta, now_s);
    if (is_kept)
        keep_event(run, kind, now_s);
    send_event(run, kind, json);
}

/* ---- the end ---- */

/* Returns the error, the answer, or the reason of a cancelled run without one. Never NULL. */
static const char *content_of(const struct run *run)
{
    ensure(run->status != RUN_STATUS_RUNNING);
    ensure((run->content.len == 0 && run->reasoning.len == 0) || run->first_token_ns != 0);
    if (run->error_text != NULL)
        return run->error_text;
    if (run->content.len > 0)
        return run->content.ptr;
    if (run->status == RUN_STATUS_CANCELLED)
        return cancel_reason(run);
    return "";
}

/* Fills in the token counts and the times. */
static void fill_metrics(const struct run *run, struct run_object *object)
{
    bool has_answer = run->first_token_ns != 0;

    object->usage = run->usage;
    object->has_first_token = has_answer;
    /* The provider did not report the usage of a cancelled answer. */
    object->has_details = has_answer && run->status != RUN_STATUS_CANCELLED;
    object->time_to_first_token = seconds_between(run->started_ns, run->first_token_ns);
    object->duration = seconds_between(run->started_ns, run->ended_ns);
}

/* Fills in run->object, which borrows texts from the run. */
void run_fill_object(struct run *run)
{
    ensure(run->status != RUN_STATUS_RUNNING);
    ensure(run->ended_ns != 0);
    run->object = (struct run_object){
        .run_id = run->run_id,
        .session_id = run->session_id,
        .agent_id = run->agent->id,
        .agent_name = run->agent->name,
        .user_id = run->owner.user_id,
        .input = run->input,
        .content = content_of(run),
        .reasoning = run->reasoning.len > 0 ? run->reasoning.ptr : NULL,
        .model_id = model_id(run->agent->model),
        .model_provider = model_provider(run->agent->model),
        .session_state = run->session_state,
        .metadata = run->metadata,
        .created_at = run->created_at,
        .status = run->status,
        .stage = run->stage,
        .messages = run->messages,
        .message_count = run->message_count,
    };
    fill_metrics(run, &run->object);
}

/* Writes the kinds of the final events to `kinds` and returns their count. */
static size_t list_last_kinds(const struct run *run, enum run_event_kind kinds[LAST_EVENTS_MAX])
{
    size_t count = 0;

    ensure(run->status != RUN_STATUS_RUNNING);
    ensure(run->status == RUN_STATUS_ERROR || run->error_text == NULL);
    if (run->status == RUN_STATUS_ERROR)
        kinds[count++] = RUN_ERROR;
    if (run->status == RUN_STATUS_CANCELLED)
        kinds[count++] = RUN_CANCELLED;
    if (run->status != RUN_STATUS_ERROR) /* also after a cancellation */
        kinds[count++] = RUN_COMPLETED;
    ensure(count > 0 && count <= LAST_EVENTS_MAX);
    return count;
}

/* Renders the last events, if they are stored or have readers. */
void run_prepare_last_events(struct run *run)
{
    ensure(run->object.run_id != NULL); /* run_fill_object has been called */
    ensure(run->last_event_count == 0);

    enum run_event_kind kinds[LAST_EVENTS_MAX];
    size_t count = list_last_kinds(run, kinds);

    if (!run->keeps_events && !stream_has_readers(&run->stream))
        return;
    int64_t now_s = clock_now_s();
    for (size_t i = 0; i < count; i++) {
        str json = run_render_event(run, kinds[i], NULL, now_s);

        if (run->keeps_events)
            keep_event(run, kinds[i], now_s);
        run->last_events[i] =
            (struct last_event){ kinds[i], { arena_copy(run->arena, json), json.len } };
    }
    run->last_event_count = count;
    if (run->keeps_events)
        buf_append_char(&run->kept_events, ']'); /* the list is complete */
}

/* Sends the last events, rendering them first if they were not stored. */
void run_send_last_events(struct run *run)
{
    ensure(run->state == RUN_SAVING);
    ensure(!run->storage_failed);
    if (run->last_event_count == 0)
        run_prepare_last_events(run);
    for (size_t i = 0; i < run->last_event_count; i++)
        send_event(run, run->last_events[i].kind, run->last_events[i].json);
}

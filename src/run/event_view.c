/* Defines the members of each kind of run event. */
#include "run/event_view.h"

#include "base/ensure.h"

static bool has_object(const void *record)
{
    return ((const struct event_view *)record)->object != NULL;
}

static bool has_delta(const void *record)
{
    return ((const struct event_view *)record)->delta.len > 0;
}

static const char *reasoning_of_run(const void *record)
{
    const struct run_object *object = ((const struct event_view *)record)->object;

    return object != NULL ? object->reasoning : NULL;
}

static void write_state(const void *record, writer *w)
{
    write_raw(w, ((const struct event_view *)record)->object->session_state);
}

static void write_metrics(const void *record, writer *w)
{
    run_object_write_metrics(((const struct event_view *)record)->object, w);
}

// clang-format off
static const struct member head_members[] = {
    SHOW(struct event_view, created_at, ALWAYS_THERE),
    SHOW_AS("event", struct event_view, name, ALWAYS_THERE),
    MEMBERS_END,
};

static const struct member common_members[] = {
    SHOW(struct event_view, agent_id, ALWAYS_THERE),
    SHOW(struct event_view, agent_name, OR_LEFT_OUT),
    SHOW(struct event_view, run_id, ALWAYS_THERE),
    SHOW(struct event_view, session_id, ALWAYS_THERE),
    SHOW_CONSTANT(VALUE_INTEGER, "nested_depth", "0"),
    MEMBERS_END,
};

static const struct member model_members[] = {
    SHOW(struct event_view, model, ALWAYS_THERE),
    SHOW(struct event_view, model_provider, ALWAYS_THERE),
    MEMBERS_END,
};

static const struct member delta_members[] = {
    SHOW_AS("content", struct event_view, delta, OR_LEFT_OUT, .has_value = has_delta),
    SHOW_CONSTANT(VALUE_BOOL, "workflow_agent", "false"),
    SHOW_CONSTANT(VALUE_STRING, "content_type", "\"str\""),
    SHOW_AS("reasoning_content", struct event_view, reasoning, ALWAYS_THERE),
    MEMBERS_END,
};

/* Unlike the metrics of a run, zero counts are written. */
static const struct member usage_members[] = {
    SHOW_AS("input_tokens", struct event_view, usage.input_tokens, ALWAYS_THERE),
    SHOW_AS("output_tokens", struct event_view, usage.output_tokens, ALWAYS_THERE),
    SHOW_AS("total_tokens", struct event_view, usage.total_tokens, ALWAYS_THERE),
    SHOW(struct event_view, time_to_first_token, ALWAYS_THERE),
    SHOW_AS("reasoning_tokens", struct event_view, usage.reasoning_tokens, ALWAYS_THERE),
    SHOW_AS("cache_read_tokens", struct event_view, usage.cache_read_tokens, ALWAYS_THERE),
    SHOW_AS("cache_write_tokens", struct event_view, usage.cache_write_tokens, ALWAYS_THERE),
    MEMBERS_END,
};

static const struct member result_members[] = {
    SHOW(struct event_view, content, ALWAYS_THERE),
    SHOW_CONSTANT(VALUE_STRING, "content_type", "\"str\""),
    SHOW_TEXT("reasoning_content", reasoning_of_run, OR_LEFT_OUT),
    SHOW_WRITTEN(VALUE_FREE, "session_state", write_state, OR_NULL, .has_value = has_object),
    SHOW_WRITTEN(VALUE_OBJECT, "metrics", write_metrics, ALWAYS_THERE, .has_value = has_object, .shape = &run_metrics_shape),
    MEMBERS_END,
};

static const struct member error_members[] = {
    SHOW(struct event_view, content, ALWAYS_THERE),
    SHOW(struct event_view, error_type, OR_NULL),
    MEMBERS_END,
};

static const struct member reason_members[] = {
    SHOW(struct event_view, content, OR_LEFT_OUT),
    SHOW(struct event_view, reason, ALWAYS_THERE),
    MEMBERS_END,
};

#define EVENT(name_, ...)                                                        \
    { .name = name_ "Event", .tag = "event", .tag_value = name_,                 \
      .parts = { head_members, common_members __VA_OPT__(, ) __VA_ARGS__ } }

const struct shape run_event_shapes[RUN_EVENT_COUNT] = {
    [RUN_STARTED]                 = EVENT("RunStarted", model_members),
    [RUN_MODEL_REQUEST_STARTED]   = EVENT("ModelRequestStarted", model_members),
    [RUN_CONTENT]                 = EVENT("RunContent", delta_members),
    [RUN_MODEL_REQUEST_COMPLETED] = EVENT("ModelRequestCompleted", model_members, usage_members),
    [RUN_CONTENT_COMPLETED]       = EVENT("RunContentCompleted"),
    [RUN_COMPLETED]               = EVENT("RunCompleted", result_members),
    [RUN_ERROR]                   = EVENT("RunError", error_members),
    [RUN_CANCELLED]               = EVENT("RunCancelled", reason_members),
};
// clang-format on

static const struct shape *const every_event[] = {
    &run_event_shapes[RUN_STARTED],
    &run_event_shapes[RUN_MODEL_REQUEST_STARTED],
    &run_event_shapes[RUN_CONTENT],
    &run_event_shapes[RUN_MODEL_REQUEST_COMPLETED],
    &run_event_shapes[RUN_CONTENT_COMPLETED],
    &run_event_shapes[RUN_COMPLETED],
    &run_event_shapes[RUN_ERROR],
    &run_event_shapes[RUN_CANCELLED],
    NULL,
};
const struct shape run_event_shape = { .name = "RunEvent", .one_of = every_event };

str run_event_name(enum run_event_kind kind)
{
    ensure(kind < RUN_EVENT_COUNT);
    return str_of(run_event_shapes[kind].tag_value);
}

void event_view_write(const struct event_view *view, enum run_event_kind kind, writer *w)
{
    ensure(view != NULL && kind <= RUN_EVENT_COUNT);
    if (kind < RUN_EVENT_COUNT) {
        shape_write(&run_event_shapes[kind], view, ABSENT_LEFT_OUT, w);
        return;
    }
    write_object(w);
    members_write(head_members, view, ABSENT_LEFT_OUT, w);
    members_write(common_members, view, ABSENT_LEFT_OUT, w);
    write_end(w);
}

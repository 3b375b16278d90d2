/* Writes the JSON object of a run. */
#include "run/run_object.h"

#include "base/ensure.h"
#include "run/event_view.h"

/* ---- metrics ---- */

/* Token counts, and the model for per-model counts. */
struct counts {
    struct model_usage usage;
    const char *id, *provider;
};

/* The record of a run's metrics. */
struct metrics_record {
    struct counts counts; /* zeroed if the model sent no token */
    const struct run_object *object;
};

/* The record of a message's metrics. */
struct message_metrics {
    struct counts counts;
    double time_to_first_token;
};

static bool has_first_token(const void *record)
{
    return ((const struct metrics_record *)record)->object->has_first_token;
}

static bool has_details(const void *record)
{
    return has_first_token(record) && ((const struct metrics_record *)record)->object->has_details;
}

static void write_first_token(const void *record, writer *w)
{
    write_real(w, ((const struct metrics_record *)record)->object->time_to_first_token);
}

static void write_duration(const void *record, writer *w)
{
    write_real(w, ((const struct metrics_record *)record)->object->duration);
}

// clang-format off
/* Zero counts are left out. These tables fit every record that begins with a struct counts. */
#define SHOW_COUNT(member) SHOW_AS(#member, struct counts, usage.member, OR_LEFT_OUT, .is_positive = true)
static const struct member total_members[] = {
    SHOW_COUNT(input_tokens),
    SHOW_COUNT(output_tokens),
    SHOW_COUNT(total_tokens),
    MEMBERS_END,
};

static const struct member other_count_members[] = {
    SHOW_COUNT(reasoning_tokens),
    SHOW_COUNT(cache_read_tokens),
    SHOW_COUNT(cache_write_tokens),
    MEMBERS_END,
};

static const struct member model_members[] = {
    SHOW(struct counts, id, ALWAYS_THERE),
    SHOW(struct counts, provider, ALWAYS_THERE),
    MEMBERS_END,
};
static const struct shape model_shape = { .name = "RunModelMetrics", .parts = { total_members, model_members } };
// clang-format on

/* Writes the list of per-model totals. A run has one model. */
static void write_models(const void *record, writer *w)
{
    write_array(w);
    shape_write(&model_shape, record, ABSENT_LEFT_OUT, w);
    write_end(w);
}

// clang-format off
static const struct member details_members[] = {
    SHOW_WRITTEN(VALUE_OBJECT, "model", write_models, ALWAYS_THERE, .is_list = true, .shape = &model_shape),
    MEMBERS_END,
};
static const struct shape details_shape = { .name = "RunMetricsDetails", .parts = { details_members } };

static const struct member metrics_members[] = {
    SHOW_WRITTEN(VALUE_NUMBER, "time_to_first_token", write_first_token, OR_LEFT_OUT, .has_value = has_first_token),
    SHOW_WRITTEN(VALUE_NUMBER, "duration", write_duration, ALWAYS_THERE),
    SHOW_OBJECT("details", &details_shape, OR_LEFT_OUT, .has_value = has_details),
    MEMBERS_END,
};
const struct shape run_metrics_shape = { .name = "RunMetrics", .parts = { total_members, other_count_members, metrics_members } };

static const struct member message_metrics_members[] = {
    SHOW(struct message_metrics, time_to_first_token, ALWAYS_THERE),
    MEMBERS_END,
};
static const struct shape message_metrics_shape = { .name = "MessageMetrics", .parts = { total_members, other_count_members, message_metrics_members } };
// clang-format on

/* Writes the metrics object, without its key. */
void run_object_write_metrics(const struct run_object *object, writer *w)
{
    ensure(object->time_to_first_token >= 0);
    ensure(object->duration >= 0);
    ensure(object->model_id != NULL);
    ensure(object->model_provider != NULL);
    struct metrics_record record = {
        .counts = { .id = object->model_id, .provider = object->model_provider }, .object = object
    };

    if (object->has_first_token)
        record.counts.usage = object->usage;
    shape_write(&run_metrics_shape, &record, ABSENT_LEFT_OUT, w);
}

/* ---- messages ---- */

/* Writes the content: the joined texts of all parts. */
static void write_content(const void *record, writer *w)
{
    const struct model_message *body = &((const struct run_message *)record)->body;

    ensure(body->part_count == 0 || body->parts != NULL);
    AUTO(arena) *joined = NULL; /* only needed to join several parts */

    if (body->part_count > 1)
        joined = arena_new();
    write_str(w, model_message_text(body, joined));
}

static bool has_metrics(const void *record)
{
    return ((const struct run_message *)record)->has_metrics;
}

static void write_message_metrics(const void *record, writer *w)
{
    const struct run_message *message = record;

    ensure(message->time_to_first_token >= 0);
    const struct message_metrics metrics = { .counts = { .usage = message->usage },
                                             .time_to_first_token = message->time_to_first_token };
    shape_write(&message_metrics_shape, &metrics, ABSENT_LEFT_OUT, w);
}

// clang-format off
static const struct member message_members[] = {
    SHOW(struct run_message, id, ALWAYS_THERE),
    SHOW_WRITTEN(VALUE_STRING, "content", write_content, ALWAYS_THERE),
    SHOW_AS("reasoning_content", struct run_message, reasoning, OR_LEFT_OUT),
    SHOW(struct run_message, from_history, ALWAYS_THERE),
    SHOW_CONSTANT(VALUE_BOOL, "stop_after_tool_call", "false"),
    SHOW_AS("role", struct run_message, body.role, ALWAYS_THERE),
    SHOW_WRITTEN(VALUE_OBJECT, "metrics", write_message_metrics, OR_LEFT_OUT, .has_value = has_metrics, .shape = &message_metrics_shape),
    SHOW(struct run_message, created_at, ALWAYS_THERE),
    MEMBERS_END,
};
// clang-format on
const struct shape run_message_shape = { .name = "Message", .parts = { message_members } };

void run_object_write_message(const struct run_message *message, writer *w)
{
    ensure(message->id != NULL);
    ensure(message->body.role != NULL);
    shape_write(&run_message_shape, message, ABSENT_LEFT_OUT, w);
}

/* Writes the messages, leaving out earlier runs unless with_history is set. */
void run_object_write_messages(const struct run_object *object, bool with_history, writer *w)
{
    ensure(object->message_count == 0 || object->messages != NULL);
    write_array(w);
    for (size_t i = 0; i < object->message_count; i++)
        if (with_history || !object->messages[i].from_history)
            run_object_write_message(&object->messages[i], w);
    write_end(w);
}

/* ---- the object; each record is a struct run_object ---- */

static const char *status_word(const void *record)
{
    return run_status_word(((const struct run_object *)record)->status);
}

static const char *stage_word(const void *record)
{
    return run_stage_word(((const struct run_object *)record)->stage);
}

static void write_metrics(const void *record, writer *w)
{
    run_object_write_metrics(record, w);
}

/* Writes the kept events, or an empty list. */
static void write_events(const void *record, writer *w)
{
    str events = ((const struct run_object *)record)->events;

    ensure(events.len == 0 || events.ptr[0] == '[');
    write_raw(w, events.len > 0 ? events : STR("[]"));
}

static void write_all_messages(const void *record, writer *w)
{
    run_object_write_messages(record, true, w);
}

static void write_own_messages(const void *record, writer *w)
{
    run_object_write_messages(record, false, w);
}

static bool has_tools(const void *record)
{
    return ((const struct run_object *)record)->has_first_token;
}

// clang-format off
static const char *const stages[] = { "EXECUTING", NULL };

static const struct member head_members[] = {
    SHOW(struct run_object, run_id, ALWAYS_THERE),
    SHOW(struct run_object, agent_id, ALWAYS_THERE),
    SHOW(struct run_object, agent_name, OR_LEFT_OUT),
    SHOW(struct run_object, session_id, ALWAYS_THERE),
    SHOW(struct run_object, user_id, OR_LEFT_OUT),
    SHOW(struct run_object, content, ALWAYS_THERE),
    SHOW_CONSTANT(VALUE_STRING, "content_type", "\"str\""),
    SHOW_AS("reasoning_content", struct run_object, reasoning, OR_LEFT_OUT),
    SHOW_AS("model", struct run_object, model_id, ALWAYS_THERE),
    SHOW(struct run_object, model_provider, ALWAYS_THERE),
    SHOW_TYPED(VALUE_FREE, "session_state", struct run_object, session_state, OR_NULL),
    SHOW(struct run_object, created_at, ALWAYS_THERE),
    SHOW_TEXT("status", status_word, ALWAYS_THERE, .words = run_status_words),
    SHOW_TEXT("cancellation_stage", stage_word, OR_LEFT_OUT, .words = stages),
    SHOW_WRITTEN(VALUE_OBJECT, "metrics", write_metrics, ALWAYS_THERE, .shape = &run_metrics_shape),
    MEMBERS_END,
};

static const struct member input_members[] = {
    SHOW_AS("input_content", struct run_object, input, ALWAYS_THERE),
    MEMBERS_END,
};
static const struct shape input_shape = { .name = "RunInput", .parts = { input_members } };

static const struct member reply_members[] = {
    SHOW_WRITTEN(VALUE_OBJECT, "messages", write_all_messages, ALWAYS_THERE, .is_list = true, .shape = &run_message_shape),
    SHOW_TYPED(VALUE_FREE, "metadata", struct run_object, metadata, OR_LEFT_OUT),
    { .name = "tools", .type = VALUE_ANY, .is_list = true, .need = OR_LEFT_OUT, .constant = "[]", .has_value = has_tools },
    SHOW_OBJECT("input", &input_shape, ALWAYS_THERE),
    MEMBERS_END,
};
const struct shape run_reply_shape = { .name = "Run", .parts = { head_members, reply_members } };

static const struct member stored_members[] = {
    SHOW_WRITTEN(VALUE_OBJECT, "events", write_events, ALWAYS_THERE, .is_list = true, .shape = &run_event_shape),
    SHOW_WRITTEN(VALUE_OBJECT, "messages", write_own_messages, ALWAYS_THERE, .is_list = true, .shape = &run_message_shape),
    SHOW_TYPED(VALUE_FREE, "metadata", struct run_object, metadata, OR_LEFT_OUT),
    SHOW_OBJECT("input", &input_shape, ALWAYS_THERE),
    MEMBERS_END,
};
const struct shape run_stored_shape = { .name = "StoredRun", .parts = { head_members, stored_members } };
// clang-format on

/* Writes the run in one of its two shapes. */
void run_object_write(const struct run_object *object, enum run_shape shape, writer *w)
{
    ensure(object->run_id != NULL);
    ensure(object->session_id != NULL);
    ensure(object->agent_id != NULL);
    ensure(object->content != NULL);
    ensure(object->input != NULL);
    ensure(object->session_state.len > 0);
    ensure(object->created_at >= 0);
    ensure(shape == RUN_SHAPE_REPLY || shape == RUN_SHAPE_STORED);
    ensure(object->stage == RUN_STAGE_NONE || object->status == RUN_STATUS_CANCELLED);
    shape_write(shape == RUN_SHAPE_REPLY ? &run_reply_shape : &run_stored_shape, object,
                ABSENT_LEFT_OUT, w);
}

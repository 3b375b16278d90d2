/* A run as plain data, read back from the JSON that the wire shows of it. */
#ifndef SUPPORT_WIRE_RUN_H
#define SUPPORT_WIRE_RUN_H

#include "run/run_object.h"
#include "json/parse.h"

static inline struct model_usage wire_usage(const json_t *metrics)
{
    return (struct model_usage){
        .input_tokens = json_int(metrics, "input_tokens", 0),
        .output_tokens = json_int(metrics, "output_tokens", 0),
        .total_tokens = json_int(metrics, "total_tokens", 0),
    };
}

static inline double wire_seconds(const json_t *metrics, const char *name)
{
    return json_number_value(json_object_get(metrics, name));
}

static inline struct run_message wire_message(const json_t *message, arena *a)
{
    const json_t *metrics = json_object_get(message, "metrics");
    struct model_part *part = arena_alloc(a, sizeof(*part));

    *part = (struct model_part){ MODEL_PART_TEXT, str_of(json_text(message, "content")) };
    return (struct run_message){ .id = json_text(message, "id"),
                                 .body = { json_text(message, "role"), part, 1 },
                                 .created_at = json_int(message, "created_at", 0),
                                 .has_metrics = metrics != NULL,
                                 .usage = wire_usage(metrics),
                                 .time_to_first_token =
                                     wire_seconds(metrics, "time_to_first_token") };
}

/* A member as JSON; empty: absent. */
static inline str wire_json(const json_t *object, const char *name, arena *a)
{
    AUTO_BUF text = buf_with_limit(1 << 20);
    const json_t *value = json_object_get(object, name);

    if (value == NULL)
        return STR("");
    write_json(&(writer){ .out = &text }, value);
    return (str){ arena_copy(a, buf_view(&text)), text.len };
}

/* Points into the text and the arena. */
static inline struct run_object wire_run(const char *text, arena *a)
{
    const json_t *object = NULL, *metrics, *list;

    assert_int_equal(json_parse(a, str_of(text), &object, NULL), AGENTOS_OK);
    metrics = json_object_get(object, "metrics");
    list = json_object_get(object, "messages");
    struct run_message *messages = arena_alloc(a, (json_array_size(list) + 1) * sizeof(*messages));
    for (size_t i = 0; i < json_array_size(list); i++)
        messages[i] = wire_message(json_array_get(list, i), a);
    struct run_object run = {
        .run_id = json_text(object, "run_id"),
        .session_id = json_text(object, "session_id"),
        .agent_id = json_text(object, "agent_id"),
        .agent_name = json_text(object, "agent_name"),
        .user_id = json_text(object, "user_id"),
        .input = json_text(json_object_get(object, "input"), "input_content"),
        .content = json_text(object, "content"),
        .model_id = json_text(object, "model"),
        .model_provider = json_text(object, "model_provider"),
        .session_state = wire_json(object, "session_state", a),
        .metadata = wire_json(object, "metadata", a),
        .events = wire_json(object, "events", a),
        .created_at = json_int(object, "created_at", 0),
        .status = RUN_STATUS_COMPLETED,
        .usage = wire_usage(metrics),
        .has_first_token = json_object_get(metrics, "time_to_first_token") != NULL,
        .has_details = json_object_get(metrics, "details") != NULL,
        .time_to_first_token = wire_seconds(metrics, "time_to_first_token"),
        .duration = wire_seconds(metrics, "duration"),
        .messages = messages,
        .message_count = json_array_size(list),
    };
    if (str_equal(run.events, STR("[]")))
        run.events = STR("");
    return run;
}

#endif

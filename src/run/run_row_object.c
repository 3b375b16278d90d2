/* Converts the database row of a run into its run object. */
#include "run/run_row_object.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "run/event_view.h"

bool run_row_is_of(const struct run_row *row, enum component type, const char *component_id)
{
    ensure(type != COMPONENT_NONE);
    ensure(component_id != NULL);
    return row->type == type && row->component_id != NULL &&
           strcmp(row->component_id, component_id) == 0;
}

/* ---- metrics ---- */

/* Returns the named count, or 0 if it is absent or negative. */
static int64_t read_count(const json_t *metrics, const char *name)
{
    int64_t count = json_int(metrics, name, 0);

    return count > 0 ? count : 0;
}

/* Returns the named seconds, or 0 if they are absent or negative. */
static double read_seconds(const json_t *metrics, const char *name)
{
    double seconds = json_number_value(json_object_get(metrics, name));

    return seconds > 0 ? seconds : 0;
}

static struct model_usage read_usage(const json_t *metrics)
{
    return (struct model_usage){
        .input_tokens = read_count(metrics, "input_tokens"),
        .output_tokens = read_count(metrics, "output_tokens"),
        .total_tokens = read_count(metrics, "total_tokens"),
        .reasoning_tokens = read_count(metrics, "reasoning_tokens"),
        .cache_read_tokens = read_count(metrics, "cache_read_tokens"),
        .cache_write_tokens = read_count(metrics, "cache_write_tokens"),
    };
}

/* ---- messages ---- */

/* Returns the text of a message part. "input" and "content" refer to columns of the row. */
static str part_text(const struct run_row *row, const json_t *part)
{
    const char *type = json_text(part, "type");
    const char *text = json_text(part, "text");

    if (type != NULL && strcmp(type, "input") == 0)
        text = row->input;
    if (type != NULL && strcmp(type, "content") == 0)
        text = row->content;
    return str_of(text != NULL ? text : "");
}

/* Reads the parts of a message. They are allocated in the arena. */
static struct model_message read_parts(const struct run_row *row, const char *role,
                                       const json_t *stored, arena *a)
{
    size_t count = json_array_size(stored);
    struct model_part *parts = arena_array(a, count, sizeof(*parts));

    ensure(role != NULL);
    for (size_t i = 0; i < count; i++)
        parts[i] = (struct model_part){ .kind = MODEL_PART_TEXT,
                                        .text = part_text(row, json_array_get(stored, i)) };
    return (struct model_message){ .role = role, .parts = parts, .part_count = count };
}

/* Reads one message. Returns false if it has no id, role or parts. */
bool run_row_message(const struct run_row *row, const json_t *stored, arena *a,
                     struct run_message *out)
{
    const char *id = json_text(stored, "id");
    const char *role = json_text(stored, "role");
    const json_t *metrics = json_object_get(stored, "metrics");
    const json_t *parts = json_object_get(stored, "parts");

    if (id == NULL || role == NULL || json_array_size(parts) == 0)
        return false;
    *out =
        (struct run_message){ .id = id,
                              .body = read_parts(row, role, parts, a),
                              .created_at = json_int(stored, "created_at", 0),
                              .reasoning = json_text(stored, "reasoning"),
                              .has_metrics = json_is_object(metrics),
                              .usage = read_usage(metrics),
                              .time_to_first_token = read_seconds(metrics, "time_to_first_token") };
    return true;
}

/* Reads the messages and the last reasoning. Skips invalid items. */
static void read_messages(const struct run_row *row, const json_t *stored, arena *a,
                          struct run_object *object)
{
    size_t most = json_array_size(stored), count = 0;
    struct run_message *messages = arena_array(a, most, sizeof(*messages));

    ensure(object->message_count == 0);
    for (size_t i = 0; i < most; i++)
        if (run_row_message(row, json_array_get(stored, i), a, &messages[count])) {
            if (messages[count].reasoning != NULL)
                object->reasoning = messages[count].reasoning;
            count++;
        }
    object->messages = messages;
    object->message_count = count;
}

/* ---- events ---- */

/* Returns the kind with this name, or RUN_EVENT_COUNT if it is unknown. */
static enum run_event_kind kind_of(const char *name)
{
    if (name == NULL)
        return RUN_EVENT_COUNT;
    for (enum run_event_kind kind = 0; kind < RUN_EVENT_COUNT; kind++)
        if (str_equal(run_event_name(kind), str_of(name)))
            return kind;
    return RUN_EVENT_COUNT;
}

/* Writes a stored event as it was sent. is_plain marks a cancellation sent without content. */
static void write_event(const struct run_object *object, const struct run_row *row,
                        const json_t *event, arena *a, writer *w)
{
    ensure(object->run_id != NULL && object->content != NULL);
    const char *name = json_text(event, "event");
    bool is_plain = json_is_true(json_object_get(event, "is_plain"));
    const struct event_view view = {
        .created_at = json_int(event, "created_at", 0),
        .name = name,
        .agent_id = object->agent_id,
        .agent_name = object->agent_name,
        .run_id = object->run_id,
        .session_id = object->session_id,
        .model = object->model_id,
        .model_provider = object->model_provider,
        .usage = object->usage,
        .time_to_first_token = read_seconds(event, "time_to_first_token"),
        .content = is_plain ? NULL : object->content,
        .error_type = row->error_type,
        .reason = arena_printf(a, "Run %s was cancelled", object->run_id),
        .object = object,
    };

    event_view_write(&view, kind_of(name), w);
}

/* Returns the events as JSON. Returns an empty list if they exceed RUN_EVENTS_MAX_BYTES. */
static str render_events(const struct run_object *object, const struct run_row *row,
                         const json_t *events, arena *a)
{
    AUTO_BUF list = buf_with_limit(RUN_EVENTS_MAX_BYTES);
    writer w = { .out = &list };
    size_t count = json_array_size(events);

    if (count == 0)
        return STR("");
    write_array(&w);
    for (size_t i = 0; i < count; i++)
        write_event(object, row, json_array_get(events, i), a, &w);
    write_end(&w);
    if (!buf_ok(&list))
        return STR("");
    return (str){ arena_copy(a, buf_view(&list)), list.len };
}

/* ---- the object ---- */

/* Parses a JSON column into the arena. NULL stays NULL. */
static agentos_status parse_column(const char *text, arena *a, const json_t **out,
                                   agentos_error *err)
{
    *out = NULL;
    if (text != NULL && json_parse(a, str_of(text), out, NULL) != AGENTOS_OK)
        return fail(err, AGENTOS_INTERNAL, "a stored run is not valid JSON");
    return AGENTOS_OK;
}

/* Returns the content to show: the answer or the text stored in its place. Never NULL. */
static const char *content_of(const struct run_row *row)
{
    if (row->shown_content != NULL)
        return row->shown_content;
    return row->content != NULL ? row->content : "";
}

/* Returns the object without its status, messages and events. */
static struct run_object object_of(const struct run_row *row, const json_t *metrics)
{
    return (struct run_object){
        .run_id = row->run_id,
        .session_id = row->session_id,
        .agent_id = row->component_id,
        .agent_name = row->component_name,
        .user_id = row->user_id,
        .input = row->input,
        .content = content_of(row),
        .model_id = row->model_id,
        .model_provider = row->model_provider,
        .session_state = str_of(row->session_state != NULL ? row->session_state : "null"),
        .metadata = str_of(row->metadata != NULL ? row->metadata : ""),
        .created_at = row->created_at,
        .stage = row->stage != NULL ? RUN_STAGE_EXECUTING : RUN_STAGE_NONE,
        .usage = read_usage(metrics),
        .has_first_token = json_object_get(metrics, "time_to_first_token") != NULL,
        .has_details = json_is_true(json_object_get(metrics, "by_model")),
        .time_to_first_token = read_seconds(metrics, "time_to_first_token"),
        .duration = read_seconds(metrics, "duration"),
    };
}

/* Returns true if the required columns are set. Other programs may have written the row. */
static bool is_complete(const struct run_row *row)
{
    bool is_cancelled = strcmp(row->status, run_status_word(RUN_STATUS_CANCELLED)) == 0;

    if (row->component_id == NULL || row->model_id == NULL || row->model_provider == NULL)
        return false;
    if (row->input == NULL || row->created_at < 0)
        return false;
    if (row->stage != NULL && !is_cancelled)
        return false;
    return row->session_state == NULL || row->session_state[0] != '\0';
}

/* Parses the JSON columns and fills in the object. */
agentos_status run_row_read(const struct run_row *row, arena *a, struct run_object *object,
                            agentos_error *err)
{
    const json_t *metrics, *messages, *events;

    ensure(row->run_id != NULL && row->session_id != NULL && row->status != NULL);
    if (!is_complete(row))
        return fail(err, AGENTOS_INTERNAL, "a stored run lacks a required column");
    TRY(parse_column(row->metrics, a, &metrics, err));
    TRY(parse_column(row->messages, a, &messages, err));
    TRY(parse_column(row->events, a, &events, err));
    *object = object_of(row, metrics);
    if (!run_status_parse(str_of(row->status), &object->status))
        return fail(err, AGENTOS_INTERNAL, "a stored run has an unknown status");
    read_messages(row, messages, a, object);
    object->events = render_events(object, row, events, a);
    return AGENTOS_OK;
}

/* Renders the row in the shape of GET. */
agentos_status run_row_object(const struct run_row *row, arena *a, const char **out,
                              agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(OUTPUT_MAX_BYTES);
    struct run_object object;

    TRY(run_row_read(row, a, &object, err));
    run_object_write(&object, RUN_SHAPE_STORED, &(writer){ .out = &text });
    if (!buf_ok(&text))
        return run_row_refuse(err);
    *out = arena_copy(a, buf_view(&text));
    return AGENTOS_OK;
}

/* Speaks OpenAI's Responses API (POST /responses). */
#include "base/mem.h"
#include "model/provider_call.h"
#include "json/skim.h"

static const struct usage_names usage_names = { "input_tokens", "output_tokens",
                                                "input_tokens_details", "output_tokens_details" };

/* Maps the role "system" to "developer", as the reference does. */
static const char *wire_role(const char *role)
{
    return strcmp(role, "system") == 0 ? "developer" : role;
}

/* Returns the part type: output_text for answers of the model, input_text otherwise. */
static const char *text_type(const char *role)
{
    return strcmp(role, "assistant") == 0 ? "output_text" : "input_text";
}

static void write_message(const struct model_message *message, writer *w)
{
    write_object(w);
    write_member(w, "role", wire_role(message->role));
    provider_write_content(message, text_type(message->role), w);
    write_end(w);
}

static void write_request(const struct model *model, const struct model_request *request, writer *w)
{
    write_object(w);
    write_member(w, "model", model->options.id);
    write_key(w, "input");
    write_array(w);
    for (size_t i = 0; i < request->count; i++)
        write_message(&request->messages[i], w);
    write_end(w);
    write_member_bool(w, "stream", request->stream);
    provider_write_options(model, "max_output_tokens", w);
    write_end(w);
}

static bool has_text(const json_t *object, const char *name, const char *text)
{
    const char *value = json_text(object, name);

    return value != NULL && strcmp(value, text) == 0;
}

/* ---- output items ---- */

/* Returns true if the item is a message of the model. Compatible servers may omit type and role. */
static bool is_answer_item(const json_t *item)
{
    bool is_message = json_text(item, "type") == NULL || has_text(item, "type", "message");
    bool is_of_model = json_text(item, "role") == NULL || has_text(item, "role", "assistant");

    return is_message && is_of_model;
}

/* Sends the text of an item, or records its tool call. */
static void send_item(struct provider_call *call, const json_t *item)
{
    if (is_answer_item(item))
        provider_send_content(call, json_object_get(item, "content"));
    if (has_text(item, "type", "function_call") || has_text(item, "type", "custom_tool_call"))
        provider_record_tool(call, json_object_get(item, "name"));
}

/* Sends the summary of a reasoning item, or its content if there is none. */
static void send_item_reasoning(struct provider_call *call, const json_t *item)
{
    const json_t *summary = json_object_get(item, "summary");

    if (!has_text(item, "type", "reasoning"))
        return;
    if (json_array_size(summary) > 0)
        provider_send_reasoning(call, summary);
    else
        provider_send_reasoning(call, json_object_get(item, "content"));
}

/* Sends the parts of the response that no event has delivered. */
static void send_output(struct provider_call *call, const json_t *response)
{
    bool has_text = call->progress.text_bytes > 0;
    bool has_reasoning = call->progress.reasoning_bytes > 0;
    size_t i;
    json_t *item;

    json_array_foreach(json_object_get(response, "output"), i, item)
    {
        if (!has_reasoning)
            send_item_reasoning(call, item);
        if (!has_text)
            send_item(call, item);
    }
}

/* ---- responses ---- */

/* Ends the call if the response has failed. Returns false if it has not. */
static bool refuse_response(struct provider_call *call, const json_t *response)
{
    if (provider_refuse_if_error(call, response))
        return true;
    if (has_text(response, "status", "failed"))
        provider_refuse(call, json_object_get(response, "error"));
    else if (has_text(response, "status", "cancelled"))
        provider_fail(call, "The model provider cancelled the answer");
    else
        return false;
    return true;
}

/* Reads a finished response. The text of an incomplete one is the answer. */
static void read_response(struct provider_call *call, const json_t *response)
{
    if (refuse_response(call, response))
        return;
    call->progress.has_begun = true;
    call->progress.is_cut_off = has_text(response, "status", "incomplete");
    provider_read_usage(call, json_object_get(response, "usage"), &usage_names);
    send_output(call, response);
}

/* ---- events ---- */

static void on_delta(struct provider_call *call, const json_t *event)
{
    provider_send_delta(call, json_object_get(event, "delta"));
}

static void on_reasoning(struct provider_call *call, const json_t *event)
{
    provider_send_reasoning(call, json_object_get(event, "delta"));
}

/* Sends the text of a finished part, unless deltas or another event have sent it. */
static void on_part_done(struct provider_call *call, const json_t *event)
{
    struct answer_progress *progress = &call->progress;
    int64_t output = json_int(event, "output_index", 0);
    int64_t content = json_int(event, "content_index", 0);
    const json_t *part = json_object_get(event, "part");

    if (progress->has_done_part && progress->done_output == output &&
        progress->done_content == content)
        return;
    if (progress->text_bytes == progress->part_begin && json_is_object(part))
        provider_send_content(call, part);
    else if (progress->text_bytes == progress->part_begin) {
        provider_send_delta(call, json_object_get(event, "text"));
        provider_send_delta(call, json_object_get(event, "refusal"));
    }
    progress->has_done_part = true;
    progress->done_output = output;
    progress->done_content = content;
    progress->part_begin = progress->text_bytes;
}

static void on_item_added(struct provider_call *call, const json_t *event)
{
    (void)event;
    call->progress.open_items++;
    call->progress.may_end = false;
}

/* Sends a finished item, unless its text has been delivered. Some gateways send no final event. */
static void on_item_done(struct provider_call *call, const json_t *event)
{
    struct answer_progress *progress = &call->progress;
    const json_t *item = json_object_get(event, "item");
    bool is_complete = json_text(item, "status") == NULL || has_text(item, "status", "completed");

    if (progress->open_items > 0)
        progress->open_items--;
    if (progress->reasoning_bytes == progress->reasoning_begin)
        send_item_reasoning(call, item);
    if (progress->text_bytes == progress->item_begin)
        send_item(call, item);
    progress->reasoning_begin = progress->reasoning_bytes;
    progress->item_begin = progress->part_begin = progress->text_bytes;
    if (json_is_object(item) && is_answer_item(item) && is_complete)
        progress->has_begun = progress->has_done_item = true;
    progress->may_end = progress->has_done_item && progress->open_items == 0;
}

static void on_completed(struct provider_call *call, const json_t *event)
{
    read_response(call, json_object_get(event, "response"));
    provider_finish(call);
}

static void on_incomplete(struct provider_call *call, const json_t *event)
{
    read_response(call, json_object_get(event, "response"));
    call->progress.is_cut_off = true;
    provider_finish(call);
}

static void on_failed(struct provider_call *call, const json_t *event)
{
    provider_refuse(call, json_object_get(json_object_get(event, "response"), "error"));
}

static void on_cancelled(struct provider_call *call, const json_t *event)
{
    (void)event;
    provider_fail(call, "The model provider cancelled the answer");
}

static const struct {
    const char *type;
    void (*read)(struct provider_call *call, const json_t *event);
} events[] = {
    { "response.output_text.delta", on_delta }, /* the frequent one first */
    { "response.refusal.delta", on_delta },
    { "response.reasoning_summary_text.delta", on_reasoning },
    { "response.reasoning_text.delta", on_reasoning },
    { "response.output_text.done", on_part_done },
    { "response.refusal.done", on_part_done },
    { "response.content_part.done", on_part_done },
    { "response.output_item.added", on_item_added },
    { "response.output_item.done", on_item_done },
    { "response.completed", on_completed },
    { "response.done", on_completed },
    { "response.incomplete", on_incomplete },
    { "response.failed", on_failed },
    { "response.cancelled", on_cancelled },
};

/* Reads a text delta without parsing the whole event. Returns false for other events. */
static bool skim_event(struct provider_call *call, str data)
{
    struct skimmed members[] = { { .name = "type" }, { .name = "delta" } };

    if (!json_skim(data, members, 2) || members[1].text.ptr == NULL ||
        !str_equal(members[0].text, STR("response.output_text.delta")))
        return false;
    provider_send_text(call, members[1].text);
    return true;
}

/* Returns true if the answer has output. An empty list counts only in a finished response. */
static bool has_output(const json_t *answer)
{
    const json_t *output = json_object_get(answer, "output");
    bool has_ended =
        has_text(answer, "status", "completed") || has_text(answer, "status", "incomplete");

    return json_array_size(output) > 0 || (json_is_array(output) && has_ended);
}

static void read_answer(struct provider_call *call, const json_t *answer)
{
    if (refuse_response(call, answer))
        return;
    if (has_text(answer, "status", "queued") || has_text(answer, "status", "in_progress")) {
        provider_fail(call, "The model provider has not finished the answer yet");
    } else if (has_output(answer)) {
        read_response(call, answer);
        call->progress.may_end = true;
    } else {
        provider_refuse_if_message(call, answer);
    }
}

/* Dispatches an event by its type. Unknown types are ignored. */
static void read_event(struct provider_call *call, str type, const json_t *event)
{
    if (provider_refuse_if_error(call, event))
        return;
    for (size_t i = 0; i < COUNT(events); i++)
        if (str_equal(type, str_of(events[i].type))) {
            events[i].read(call, event);
            return;
        }
}

/* Reads an event or a whole answer. An event without a type has a name. */
static void read_payload(struct provider_call *call, str name, const json_t *payload)
{
    const char *type = json_text(payload, "type");

    if (type != NULL)
        read_event(call, str_of(type), payload);
    else if (str_starts(name, STR("response.")))
        read_event(call, name, payload);
    else
        read_answer(call, payload);
}

const struct dialect dialect_responses = {
    .default_url = "https://api.openai.com/v1",
    .path = "/responses",
    .invalid_answer = "The model provider's answer is no answer of the Responses API",
    .has_chat_alternative = true,
    .write_request = write_request,
    .skim_event = skim_event,
    .read = read_payload,
};

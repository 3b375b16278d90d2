/* Implements the dialect of OpenAI's Responses API (POST /responses), for streams and for whole
 * answers. Only text is supported. */
#include "base/mem.h"
#include "model/provider_call.h"
#include "json/skim.h"

static const struct usage_names usage_names = { "input_tokens", "output_tokens",
                                                "input_tokens_details", "output_tokens_details" };

/* Returns the role as it is sent. The reference implementation sends the system prompt as
 * "developer". */
static const char *wire_role(const char *role)
{
    return strcmp(role, "system") == 0 ? "developer" : role;
}

/* Returns the type of a text part: output_text for earlier answers of the model, input_text for any
 * other message. */
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

/* Writes the body of a request. */
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

/* Returns whether the member of this name is this text. */
static bool has_text(const json_t *object, const char *name, const char *text)
{
    const char *value = json_text(object, name);

    return value != NULL && strcmp(value, text) == 0;
}

/* ---- output items ---- */

/* Returns whether the item is a message of the model. Servers that imitate OpenAI may leave its
 * type and role out. The others are reasoning, calls of tools and what they gave, or messages that
 * the server repeats. */
static bool is_answer_item(const json_t *item)
{
    bool is_message = json_text(item, "type") == NULL || has_text(item, "type", "message");
    bool is_of_model = json_text(item, "role") == NULL || has_text(item, "role", "assistant");

    return is_message && is_of_model;
}

/* Reports what the item contributes to the answer. Tools that the provider calls itself have other
 * types than those that are called here. */
static void send_item(struct provider_call *call, const json_t *item)
{
    if (is_answer_item(item))
        provider_send_content(call, json_object_get(item, "content"));
    if (has_text(item, "type", "function_call") || has_text(item, "type", "custom_tool_call"))
        provider_note_tool(call, json_object_get(item, "name"));
}

/* Reports the reasoning in the item: its summary, or else the whole of it, which few servers show.
 */
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

/* Reports what of the response did not come as events before. */
static void send_output(struct provider_call *call, const json_t *response)
{
    bool has_text = call->said.text_bytes > 0;
    bool has_reasoning = call->said.reasoning_bytes > 0;
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

/* Ends the call if the response did not succeed. Returns false if it did. */
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

/* Reads a response that has ended. If max_output_tokens or a filter has cut it off, which is the
 * status "incomplete", the text so far is the answer. */
static void read_response(struct provider_call *call, const json_t *response)
{
    if (refuse_response(call, response))
        return;
    call->said.has_begun = true;
    call->said.is_cut_off = has_text(response, "status", "incomplete");
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

/* Reports the text of a part that is done, unless it came in pieces before. Several events say that
 * a part is done, and only the first of them counts. */
static void on_part_done(struct provider_call *call, const json_t *event)
{
    struct answer_progress *said = &call->said;
    int64_t output = json_int(event, "output_index", 0);
    int64_t content = json_int(event, "content_index", 0);
    const json_t *part = json_object_get(event, "part");

    if (said->has_done_part && said->done_output == output && said->done_content == content)
        return;
    if (said->text_bytes == said->part_begin && json_is_object(part))
        provider_send_content(call, part);
    else if (said->text_bytes == said->part_begin) {
        provider_send_delta(call, json_object_get(event, "text"));
        provider_send_delta(call, json_object_get(event, "refusal"));
    }
    said->has_done_part = true;
    said->done_output = output;
    said->done_content = content;
    said->part_begin = said->text_bytes;
}

static void on_item_added(struct provider_call *call, const json_t *event)
{
    (void)event;
    call->said.open_items++;
    call->said.may_end = false;
}

/* Reports an item that is done, unless its text came before. The stream may end if no other item is
 * open: some gateways send no last event. */
static void on_item_done(struct provider_call *call, const json_t *event)
{
    struct answer_progress *said = &call->said;
    const json_t *item = json_object_get(event, "item");
    bool is_complete = json_text(item, "status") == NULL || has_text(item, "status", "completed");

    if (said->open_items > 0)
        said->open_items--;
    if (said->reasoning_bytes == said->thought_begin)
        send_item_reasoning(call, item);
    if (said->text_bytes == said->item_begin)
        send_item(call, item);
    said->thought_begin = said->reasoning_bytes;
    said->item_begin = said->part_begin = said->text_bytes;
    if (json_is_object(item) && is_answer_item(item) && is_complete)
        said->has_begun = said->has_done_item = true;
    said->may_end = said->has_done_item && said->open_items == 0;
}

/* Ends the call, well unless the response says otherwise. */
static void on_completed(struct provider_call *call, const json_t *event)
{
    read_response(call, json_object_get(event, "response"));
    provider_finish(call);
}

/* The same for an event whose name says that the answer was cut off. */
static void on_incomplete(struct provider_call *call, const json_t *event)
{
    read_response(call, json_object_get(event, "response"));
    call->said.is_cut_off = true;
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

/* Reads a text delta without parsing the whole event. Nine events in ten are text deltas, and
 * parsing would take most of the time. Returns false for every other event. */
static bool skim_event(struct provider_call *call, str data)
{
    struct skimmed wanted[] = { { .name = "type" }, { .name = "delta" } };

    if (!json_skim(data, wanted, 2) || wanted[1].text.ptr == NULL ||
        !str_equal(wanted[0].text, STR("response.output_text.delta")))
        return false;
    provider_send_text(call, wanted[1].text);
    return true;
}

/* Returns whether the answer has an output. An empty one counts only if the response says that it
 * has ended. */
static bool has_output(const json_t *answer)
{
    const json_t *output = json_object_get(answer, "output");
    bool has_ended =
        has_text(answer, "status", "completed") || has_text(answer, "status", "incomplete");

    return json_array_size(output) > 0 || (json_is_array(output) && has_ended);
}

/* Reads a whole answer. */
static void read_answer(struct provider_call *call, const json_t *answer)
{
    if (refuse_response(call, answer))
        return;
    if (has_text(answer, "status", "queued") || has_text(answer, "status", "in_progress")) {
        provider_fail(call, "The model provider has not finished the answer yet");
    } else if (has_output(answer)) {
        read_response(call, answer);
        call->said.may_end = true;
    } else {
        provider_refuse_if_words(call, answer);
    }
}

/* Handles an event by its row in the table. Event types without a row only announce or repeat what
 * other events say, and are ignored. */
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

/* Reads an event or a whole answer. An event has a type, or at least a name that says it. An error
 * is documented as {"type":"error","message"}, but also comes as {"error":{"message"}}. */
static void read_said(struct provider_call *call, str name, const json_t *said)
{
    const char *type = json_text(said, "type");

    if (type != NULL)
        read_event(call, str_of(type), said);
    else if (str_starts(name, STR("response.")))
        read_event(call, name, said);
    else
        read_answer(call, said);
}

const struct dialect dialect_responses = {
    .default_url = "https://api.openai.com/v1",
    .path = "/responses",
    .not_an_answer = "The model provider's answer is no answer of the Responses API",
    .has_chat_sibling = true,
    .write_request = write_request,
    .skim_event = skim_event,
    .read = read_said,
};

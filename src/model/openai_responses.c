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

/* Reports the texts and refusals in output[].content[], in their order. */
static void send_output(struct provider_call *call, const json_t *response)
{
    size_t i, k;
    json_t *item, *part;

    json_array_foreach(json_object_get(response, "output"), i, item)
        json_array_foreach(json_object_get(item, "content"), k, part)
    {
        provider_send_delta(call, json_object_get(part, "text"));
        provider_send_delta(call, json_object_get(part, "refusal"));
    }
}

/* ---- events ---- */

static void on_delta(struct provider_call *call, const json_t *event)
{
    provider_send_delta(call, json_object_get(event, "delta"));
}

/* Ends the call well. This also handles "incomplete": if max_output_tokens or a filter has cut the
 * answer off, the text so far is the answer. */
static void on_completed(struct provider_call *call, const json_t *event)
{
    const json_t *response = json_object_get(event, "response");

    provider_read_usage(call, json_object_get(response, "usage"), &usage_names);
    if (!call->has_sent_text)
        send_output(call, response);
    provider_finish(call);
}

static void on_failed(struct provider_call *call, const json_t *event)
{
    provider_refuse(call, json_object_get(json_object_get(event, "response"), "error"));
}

/* Ends the call with an error. It is documented as {"type":"error","message"}, but also comes as
 * {"type":"error","error":{"message"}}. */
static void on_error(struct provider_call *call, const json_t *event)
{
    const json_t *error = json_object_get(event, "error");

    provider_refuse(call, error != NULL ? error : event);
}

static const struct {
    const char *type;
    void (*read)(struct provider_call *call, const json_t *event);
} events[] = {
    { "response.output_text.delta", on_delta }, /* the frequent one first */
    { "response.refusal.delta", on_delta },
    { "response.completed", on_completed },
    { "response.incomplete", on_completed },
    { "response.failed", on_failed },
    { "error", on_error },
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

/* Handles an event by its row in the table. Event types without a row only announce or repeat what
 * other events say, and are ignored. */
static void read_event(struct provider_call *call, const json_t *event)
{
    const char *type = json_text(event, "type");

    for (size_t i = 0; type != NULL && i < COUNT(events); i++)
        if (strcmp(type, events[i].type) == 0) {
            events[i].read(call, event);
            return;
        }
    if (type == NULL && json_object_get(event, "error") != NULL)
        on_error(call, event);
}

/* Handles an answer that is not a stream. */
static void read_answer(struct provider_call *call, const json_t *answer)
{
    const json_t *error = json_object_get(answer, "error");

    provider_read_usage(call, json_object_get(answer, "usage"), &usage_names);
    if (error != NULL && !json_is_null(error))
        provider_refuse(call, error);
    else if (!json_is_array(json_object_get(answer, "output")))
        provider_fail(call, "The model provider's answer is no answer of the Responses API");
    else
        send_output(call, answer);
}

const struct dialect dialect_responses = {
    .default_url = "https://api.openai.com/v1",
    .path = "/responses",
    .has_chat_sibling = true,
    .write_request = write_request,
    .skim_event = skim_event,
    .read_event = read_event,
    .read_answer = read_answer,
};

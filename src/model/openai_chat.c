/* Speaks the Chat Completions API (POST /chat/completions) of OpenAI and compatible servers. */
#include "model/provider_call.h"

static const struct usage_names usage_names = { "prompt_tokens", "completion_tokens",
                                                "prompt_tokens_details",
                                                "completion_tokens_details" };

/* Returns the name of the token limit. Only OpenAI's own API uses max_completion_tokens. */
static const char *max_tokens_name(const struct model *model)
{
    return model->options.base_url == NULL ? "max_completion_tokens" : "max_tokens";
}

/* Writes the request body. Streams include usage only if stream_options asks for it. */
static void write_request(const struct model *model, const struct model_request *request, writer *w)
{
    write_object(w);
    write_member(w, "model", model->options.id);
    write_key(w, "messages");
    write_array(w);
    for (size_t i = 0; i < request->count; i++) {
        write_object(w);
        write_member(w, "role", request->messages[i].role);
        provider_write_content(&request->messages[i], "text", w);
        write_end(w);
    }
    write_end(w);
    write_member_bool(w, "stream", request->stream);
    if (request->stream && model->options.stream_usage) {
        write_key(w, "stream_options");
        write_object(w);
        write_member_bool(w, "include_usage", true);
        write_end(w);
    }
    provider_write_options(model, max_tokens_name(model), w);
    write_end(w);
}

/* Records a requested tool call, in the current or the deprecated form. */
static void read_tools(struct provider_call *call, const json_t *message)
{
    const json_t *first = json_array_get(json_object_get(message, "tool_calls"), 0);
    const json_t *function = json_object_get(message, "function_call");

    if (json_is_object(first))
        function = json_object_get(first, "function");
    if (json_is_object(first) || json_is_object(function))
        provider_record_tool(call, json_object_get(function, "name"));
}

/* Reads the finish reason, which some servers send as "" in every chunk. */
static void read_finish_reason(struct provider_call *call, const json_t *choice)
{
    const char *reason = json_text(choice, "finish_reason");

    if (reason == NULL || reason[0] == '\0')
        return;
    if (strcmp(reason, "error") == 0)
        provider_refuse(call, choice);
    call->progress.may_end = true;
    call->progress.is_cut_off =
        strcmp(reason, "length") == 0 || strcmp(reason, "content_filter") == 0;
}

/* Reads the reasoning, which servers send under one of two names. */
static void read_reasoning(struct provider_call *call, const json_t *message)
{
    const json_t *reasoning = json_object_get(message, "reasoning_content");

    if (json_string_length(reasoning) == 0)
        reasoning = json_object_get(message, "reasoning");
    provider_send_reasoning(call, reasoning);
}

/* Reads a delta or a whole message. */
static void read_message(struct provider_call *call, const json_t *message)
{
    call->progress.has_begun = true;
    read_reasoning(call, message);
    provider_send_content(call, json_object_get(message, "content"));
    provider_send_delta(call, json_object_get(message, "refusal"));
    read_tools(call, message);
}

/* Reads choices[0]. Some servers send or repeat the whole message in a stream. */
static void read_choice(struct provider_call *call, const json_t *choice)
{
    const json_t *delta = json_object_get(choice, "delta");
    const json_t *message = json_object_get(choice, "message");

    if (provider_refuse_if_error(call, choice))
        return;
    if (json_is_object(delta)) {
        read_message(call, delta);
    } else if (json_is_object(message)) {
        if (call->progress.text_bytes == 0)
            read_message(call, message);
        call->progress.may_end = true;
    }
    read_finish_reason(call, choice);
}

/* Reads a chunk or a whole answer. Usage may come in any chunk or never. */
static void read_payload(struct provider_call *call, str name, const json_t *payload)
{
    (void)name; /* the events of this API are unnamed */
    if (provider_refuse_if_error(call, payload))
        return;
    provider_read_usage(call, json_object_get(payload, "usage"), &usage_names);
    if (json_is_array(json_object_get(payload, "choices")))
        read_choice(call, json_array_get(json_object_get(payload, "choices"), 0));
    else
        provider_refuse_if_message(call, payload);
}

const struct dialect dialect_chat = {
    .default_url = "https://api.openai.com/v1",
    .path = "/chat/completions",
    .invalid_answer = "The model provider's answer is no chat completion",
    .write_request = write_request,
    .read = read_payload,
};

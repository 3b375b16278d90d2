/* Implements the dialect of the Chat Completions API (POST /chat/completions), which OpenAI,
 * Ollama, vLLM, OpenRouter and others understand. Only text is supported. */
#include "model/provider_call.h"

static const struct usage_names usage_names = { "prompt_tokens", "completion_tokens",
                                                "prompt_tokens_details",
                                                "completion_tokens_details" };

/* Returns the member that limits the answer. OpenAI's newer models refuse max_tokens, but servers
 * that imitate OpenAI know only max_tokens. */
static const char *max_tokens_name(const struct model *model)
{
    return model->options.base_url == NULL ? "max_completion_tokens" : "max_tokens";
}

/* Writes the body of a request. A stream reports token counts only if stream_options asks for them.
 */
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

/* Notes the tools that the model wants to call, in the present form or in the one before it. */
static void read_tools(struct provider_call *call, const json_t *message)
{
    const json_t *first = json_array_get(json_object_get(message, "tool_calls"), 0);
    const json_t *function = json_object_get(message, "function_call");

    if (json_is_object(first))
        function = json_object_get(first, "function");
    if (json_is_object(first) || json_is_object(function))
        provider_note_tool(call, json_object_get(function, "name"));
}

/* Reads why the model has stopped. The stream may end then: some servers close without [DONE]. Some
 * send "" with every chunk, which is no reason. */
static void read_finish_reason(struct provider_call *call, const json_t *choice)
{
    const char *reason = json_text(choice, "finish_reason");

    if (reason == NULL || reason[0] == '\0')
        return;
    if (strcmp(reason, "error") == 0)
        provider_refuse(call, choice);
    call->said.may_end = true;
    call->said.is_cut_off = strcmp(reason, "length") == 0 || strcmp(reason, "content_filter") == 0;
}

/* Reads what the model thought. Servers name it in one of two ways, or send both with the same
 * text.
 */
static void read_reasoning(struct provider_call *call, const json_t *message)
{
    const json_t *reasoning = json_object_get(message, "reasoning_content");

    if (json_string_length(reasoning) == 0)
        reasoning = json_object_get(message, "reasoning");
    provider_send_reasoning(call, reasoning);
}

/* Reads a piece of the answer, or the whole of it. */
static void read_message(struct provider_call *call, const json_t *message)
{
    call->said.has_begun = true;
    read_reasoning(call, message);
    provider_send_content(call, json_object_get(message, "content"));
    provider_send_delta(call, json_object_get(message, "refusal"));
    read_tools(call, message);
}

/* Reads choices[0]. A chunk has a delta there and a whole answer a message, but some servers send a
 * whole answer as the only event of a stream, or repeat it as the last one. */
static void read_choice(struct provider_call *call, const json_t *choice)
{
    const json_t *delta = json_object_get(choice, "delta");
    const json_t *message = json_object_get(choice, "message");

    if (provider_refuse_if_error(call, choice))
        return;
    if (json_is_object(delta)) {
        read_message(call, delta);
    } else if (json_is_object(message)) {
        if (call->said.text_bytes == 0)
            read_message(call, message);
        call->said.may_end = true;
    }
    read_finish_reason(call, choice);
}

/* Reads a chunk or a whole answer. Token counts may come in the last chunk, whose choices are
 * empty, in every chunk, or never. */
static void read_said(struct provider_call *call, str name, const json_t *said)
{
    (void)name; /* the events of this API have none */
    if (provider_refuse_if_error(call, said))
        return;
    provider_read_usage(call, json_object_get(said, "usage"), &usage_names);
    if (json_is_array(json_object_get(said, "choices")))
        read_choice(call, json_array_get(json_object_get(said, "choices"), 0));
    else
        provider_refuse_if_words(call, said);
}

const struct dialect dialect_chat = {
    .default_url = "https://api.openai.com/v1",
    .path = "/chat/completions",
    .not_an_answer = "The model provider's answer is no chat completion",
    .write_request = write_request,
    .read = read_said,
};

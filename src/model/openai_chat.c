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
    if (request->stream) {
        write_key(w, "stream_options");
        write_object(w);
        write_member_bool(w, "include_usage", true);
        write_end(w);
    }
    provider_write_options(model, max_tokens_name(model), w);
    write_end(w);
}

/* Reads choices[0].delta of a chunk, or choices[0].message of a whole answer, which look alike.
 * Token counts may come in the last chunk, whose choices are empty, in every chunk, or never. */
static void read_choice(struct provider_call *call, const json_t *said, const char *member)
{
    const json_t *error = json_object_get(said, "error");
    const json_t *choice = json_array_get(json_object_get(said, "choices"), 0);
    const json_t *message = json_object_get(choice, member);

    if (error != NULL && !json_is_null(error)) {
        provider_refuse(call, error);
        return;
    }
    provider_read_usage(call, json_object_get(said, "usage"), &usage_names);
    provider_send_delta(call, json_object_get(message, "content"));
    provider_send_delta(call, json_object_get(message, "refusal"));
    /* Some servers close without [DONE]; a given reason says that nothing is missing. */
    call->may_end = call->may_end || json_is_string(json_object_get(choice, "finish_reason"));
}

static void read_event(struct provider_call *call, const json_t *event)
{
    read_choice(call, event, "delta");
}

static void read_answer(struct provider_call *call, const json_t *answer)
{
    read_choice(call, answer, "message");
    if (!json_is_array(json_object_get(answer, "choices")))
        provider_fail(call, "The model provider's answer is no chat completion");
}

const struct dialect dialect_chat = {
    .default_url = "https://api.openai.com/v1",
    .path = "/chat/completions",
    .last_event = "[DONE]",
    .write_request = write_request,
    .read_event = read_event,
    .read_answer = read_answer,
};

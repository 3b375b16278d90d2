/* Reports the parts of a provider's answer while a dialect (the format of one provider API) reads
 * it: its text, its end, and its token counts. */
#include "base/limits.h"
#include "model/provider_call.h"

/* How long the end of the body is waited for once the answer is whole. It usually follows at once,
 * and a connection that was read to its end can be used again. */
enum { END_GRACE_MS = 200 };

/* Reports the text without its NUL bytes, which JSON allows but a run's content does not. The
 * receiver may cancel the call during any piece. */
static void send_pieces(struct provider_call *call, str text)
{
    while (text.len > 0 && !call->base.is_over) {
        str piece = str_split(&text, '\0');

        if (piece.len > 0)
            call->base.events.on_delta(call->base.user, piece);
    }
}

/* Reports a piece of the answer to the receiver. Ends the call with an error if the answer grows
 * longer than RUN_CONTENT_MAX_BYTES. */
void provider_send_text(struct provider_call *call, str text)
{
    ensure(call->entered > 0); /* so that the call is not freed if the receiver cancels it */
    ensure(!call->is_whole);
    if (text.len == 0 || call->base.is_over)
        return;
    call->content_bytes += text.len;
    if (call->content_bytes > RUN_CONTENT_MAX_BYTES) {
        provider_fail(call, "The model's answer is too long");
        return;
    }
    call->has_sent_text = true;
    buf_clear(&call->request); /* not needed again */
    send_pieces(call, text);
}

/* Reports a JSON string as provider_send_text does. Ignores any other value. */
void provider_send_delta(struct provider_call *call, const json_t *text)
{
    provider_send_text(call, (str){ json_string_value(text), json_string_length(text) });
}

/* Marks the answer as complete. The call ends with the body, or after END_GRACE_MS if the body does
 * not end by then. */
void provider_finish(struct provider_call *call)
{
    ensure(call->entered > 0);
    if (call->base.is_over)
        return;
    call->is_whole = true;
    timer_start(call->base.loop, &call->wait, END_GRACE_MS);
}

/* Returns the count of this name, or the fallback if it is absent. A negative or impossibly large
 * count is ignored, because counts are added up here and in the database. */
static int64_t read_count(const json_t *usage, const char *name, int64_t fallback)
{
    int64_t count = json_int(usage, name, fallback);

    return count >= 0 && count <= USAGE_MAX_TOKENS ? count : fallback;
}

/* Stores the token counts that are present, and leaves the others as they are. */
void provider_read_usage(struct provider_call *call, const json_t *usage,
                         const struct usage_names *names)
{
    ensure(names->input != NULL && names->input_details != NULL);
    ensure(names->output != NULL && names->output_details != NULL);
    struct model_usage *u = &call->usage;
    const json_t *input = json_object_get(usage, names->input_details);
    const json_t *output = json_object_get(usage, names->output_details);

    if (!json_is_object(usage))
        return;
    u->input_tokens = read_count(usage, names->input, u->input_tokens);
    u->output_tokens = read_count(usage, names->output, u->output_tokens);
    u->total_tokens = read_count(usage, "total_tokens", u->input_tokens + u->output_tokens);
    u->cache_read_tokens = read_count(input, "cached_tokens", u->cache_read_tokens);
    u->reasoning_tokens = read_count(output, "reasoning_tokens", u->reasoning_tokens);
}

/* Reports the text, end and token counts of a provider's answer. */
#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"
#include "model/provider_call.h"

/* How long a complete answer waits for the end of its body, which keeps the connection reusable. */
enum { END_GRACE_MS = 200 };

/* ---- text ---- */

/* Reports the text without its NUL bytes. The receiver may cancel the call during any piece. */
static void send_pieces(struct provider_call *call, void (*report)(void *user, str text), str text)
{
    while (text.len > 0 && !call->base.is_over) {
        str piece = str_split(&text, '\0');

        if (piece.len > 0)
            report(call->base.user, piece);
    }
}

/* Counts text before it is reported. Returns false if there is none or the answer is too long. */
static bool count_text(struct provider_call *call, str text)
{
    ensure(call->entered > 0); /* keeps the call alive if the receiver cancels it */
    ensure(!call->is_whole);
    if (text.len == 0 || call->base.is_over)
        return false;
    call->content_bytes += text.len;
    if (call->content_bytes > call->base.answer_max_bytes) {
        provider_fail(call, "The model's answer is too long");
        return false;
    }
    call->has_sent_text = true;
    buf_clear(&call->request); /* not needed again */
    return true;
}

void provider_send_text(struct provider_call *call, str text)
{
    if (!count_text(call, text))
        return;
    call->progress.text_bytes += text.len;
    send_pieces(call, call->base.events.on_delta, text);
}

static void send_reasoning_text(struct provider_call *call, str text)
{
    if (!count_text(call, text))
        return;
    call->progress.reasoning_bytes += text.len;
    send_pieces(call, call->base.events.on_reasoning, text);
}

/* Reports a JSON string. Ignores other values. */
void provider_send_delta(struct provider_call *call, const json_t *text)
{
    provider_send_text(call, json_view(text));
}

/* ---- the content of a message ---- */

/* Returns the text of a part, or NULL. OpenAI's assistants wrap it in "value". */
static const json_t *text_of_part(const json_t *part, const char *member)
{
    const json_t *text = json_object_get(part, member);

    if (json_is_object(text))
        text = json_object_get(text, "value");
    return json_is_string(text) ? text : NULL;
}

/* Reports reasoning: a text, a part, or a list of them. */
void provider_send_reasoning(struct provider_call *call, const json_t *reasoning)
{
    size_t i;
    json_t *part;

    if (json_is_string(reasoning))
        send_reasoning_text(call, json_view(reasoning));
    else
        send_reasoning_text(call, json_view(text_of_part(reasoning, "text")));
    json_array_foreach(reasoning, i, part) send_reasoning_text(
        call, json_view(json_is_string(part) ? part : text_of_part(part, "text")));
}

enum part_kind { PART_TEXT, PART_REASONING };

/* A part type of messages and the member with its text. */
struct part_row {
    const char *type, *member;
    enum part_kind kind;
};

static const struct part_row *find_part_row(const char *type)
{
    static const struct part_row rows[] = {
        { "text", "text", PART_TEXT },           { "output_text", "text", PART_TEXT },
        { "refusal", "refusal", PART_TEXT },     { "thinking", "thinking", PART_REASONING },
        { "reasoning", "text", PART_REASONING }, { "reasoning_text", "text", PART_REASONING },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(type, rows[i].type) == 0)
            return &rows[i];
    return NULL;
}

/* Returns the text of an answer part, or NULL. */
static const json_t *answer_text_of_part(const json_t *part, const struct part_row *row)
{
    if (json_is_string(part))
        return part;
    if (row != NULL)
        return text_of_part(part, row->member);
    return json_text(part, "type") == NULL ? text_of_part(part, "text") : NULL;
}

/* Reports one part of a message: a plain text or a typed object. */
static void send_part(struct provider_call *call, const json_t *part)
{
    const char *type = json_text(part, "type");
    const struct part_row *row = type != NULL ? find_part_row(type) : NULL;

    if (row != NULL && row->kind == PART_REASONING) {
        provider_send_reasoning(call, json_object_get(part, row->member));
        return;
    }
    const json_t *text = answer_text_of_part(part, row);
    if (text == NULL)
        call->progress.has_unread = true;
    else
        provider_send_delta(call, text);
}

/* Reports the content of a message: a text, a part, or a list of parts. */
void provider_send_content(struct provider_call *call, const json_t *content)
{
    size_t i;
    json_t *part;

    if (content == NULL || json_is_null(content))
        return;
    if (!json_is_array(content)) {
        send_part(call, content);
        return;
    }
    json_array_foreach(content, i, part) send_part(call, part);
}

/* ---- tools and errors ---- */

/* Records a requested tool call and its name, if printable. */
void provider_record_tool(struct provider_call *call, const json_t *name)
{
    str known = str_cut(json_view(name), TOOL_NAME_SIZE - 1);

    call->progress.wants_tool = true;
    for (size_t i = 0; i < known.len; i++)
        if ((unsigned char)known.ptr[i] < ' ')
            return; /* do not show such a name */
    if (known.len > 0) {
        memcpy(call->progress.tool, known.ptr, known.len);
        call->progress.tool[known.len] = '\0';
    }
}

/* Returns true if the value reports an error. Empty values and objects of empty values do not. */
static bool is_error(json_t *error)
{
    const char *name;
    size_t i;
    json_t *member;

    json_object_foreach(error, name, member) if (is_error(member)) return true;
    json_array_foreach(error, i, member) if (is_error(member)) return true;
    return json_string_length(error) > 0 || json_number_value(error) != 0 || json_is_true(error);
}

static bool is_error_type(const json_t *payload, const char *name)
{
    const char *text = json_text(payload, name);

    return text != NULL && strcmp(text, "error") == 0;
}

/* Ends the call if the object has or is an error. vLLM and the Responses API send bare errors. */
bool provider_refuse_if_error(struct provider_call *call, const json_t *payload)
{
    json_t *error = json_object_get(payload, "error");

    if (is_error(error))
        provider_refuse(call, error);
    else if (is_error_type(payload, "object") || is_error_type(payload, "type"))
        provider_refuse(call, payload);
    else
        return false;
    return true;
}

/* ---- the end ---- */

/* Marks the answer as complete. The call ends with the body, or after END_GRACE_MS. */
void provider_finish(struct provider_call *call)
{
    ensure(call->entered > 0);
    if (call->base.is_over)
        return;
    call->is_whole = true;
    timer_start(call->base.loop, &call->wait, END_GRACE_MS);
}

/* Returns why an answer without text is an error, apart from a named tool. */
static const char *missing_text_reason(const struct provider_call *call)
{
    const struct answer_progress *progress = &call->progress;

    if (progress->wants_tool)
        return "The model called a tool, but this agent has no tools";
    if (progress->has_unread)
        return "The model provider's answer has only content that this server cannot read";
    if (progress->is_cut_off)
        return "The model's answer was cut off before its first word, by a limit or a filter";
    if (call->body.form == BODY_JSON)
        return call->base.model->provider->dialect->invalid_answer;
    return "The model provider ended its answer without saying anything";
}

/* Returns true if the answer has no text and there is a reason for that. */
bool provider_has_failed(const struct provider_call *call, char message[REFUSAL_BYTES])
{
    const struct answer_progress *progress = &call->progress;
    bool is_missing = progress->wants_tool || progress->has_unread || progress->is_cut_off ||
                      !progress->has_begun;

    if (progress->text_bytes > 0 || !is_missing)
        return false;
    if (progress->tool[0] != '\0')
        (void)snprintf(message, REFUSAL_BYTES,
                       "The model called the tool '%s', but this agent has no tools",
                       progress->tool);
    else
        (void)snprintf(message, REFUSAL_BYTES, "%s", missing_text_reason(call));
    return true;
}

/* ---- token counts ---- */

/* Returns the count, or the fallback if it is absent, negative or too large to be added up. */
static int64_t read_count(const json_t *usage, const char *name, int64_t fallback)
{
    int64_t count = json_int(usage, name, fallback);

    return count >= 0 && count <= USAGE_MAX_TOKENS ? count : fallback;
}

/* Updates the token counts that are present. Without total_tokens, the total is recomputed. */
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

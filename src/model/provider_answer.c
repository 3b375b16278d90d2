/* Reports the parts of a provider's answer while a dialect (the format of one provider API) reads
 * it: its text, its end, and its token counts. */
#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"
#include "model/provider_call.h"

/* How long the end of the body is waited for once the answer is whole. It usually follows at once,
 * and a connection that was read to its end can be used again. */
enum { END_GRACE_MS = 200 };

/* ---- text ---- */

/* Reports the text without its NUL bytes, which JSON allows but a run's content does not. The
 * receiver may cancel the call during any piece. */
static void send_pieces(struct provider_call *call, void (*report)(void *user, str text), str text)
{
    while (text.len > 0 && !call->base.is_over) {
        str piece = str_split(&text, '\0');

        if (piece.len > 0)
            report(call->base.user, piece);
    }
}

/* Counts a text that is about to be reported; after it the request is not sent again. Returns false
 * if there is nothing to report. Ends the call with an error if the answer and its reasoning grow
 * longer than RUN_CONTENT_MAX_BYTES. */
static bool count_text(struct provider_call *call, str text)
{
    ensure(call->entered > 0); /* so that the call is not freed if the receiver cancels it */
    ensure(!call->is_whole);
    if (text.len == 0 || call->base.is_over)
        return false;
    call->content_bytes += text.len;
    if (call->content_bytes > RUN_CONTENT_MAX_BYTES) {
        provider_fail(call, "The model's answer is too long");
        return false;
    }
    call->has_sent_text = true;
    buf_clear(&call->request); /* not needed again */
    return true;
}

/* Reports a piece of the answer to the receiver. */
void provider_send_text(struct provider_call *call, str text)
{
    if (!count_text(call, text))
        return;
    call->said.text_bytes += text.len;
    send_pieces(call, call->base.events.on_delta, text);
}

/* Reports a piece of the model's reasoning to the receiver. */
static void send_thought(struct provider_call *call, str text)
{
    if (!count_text(call, text))
        return;
    call->said.reasoning_bytes += text.len;
    send_pieces(call, call->base.events.on_reasoning, text);
}

/* Reports a JSON string as provider_send_text does. Ignores any other value. */
void provider_send_delta(struct provider_call *call, const json_t *text)
{
    provider_send_text(call, json_view(text));
}

/* ---- the content of a message ---- */

/* Returns the text of a part, or NULL if it has none. OpenAI's assistants wrap it in "value". */
static const json_t *text_of_part(const json_t *part, const char *member)
{
    const json_t *text = json_object_get(part, member);

    if (json_is_object(text))
        text = json_object_get(text, "value");
    return json_is_string(text) ? text : NULL;
}

/* Reports reasoning: one text, or a list of parts whose texts stand where their types say. */
void provider_send_reasoning(struct provider_call *call, const json_t *reasoning)
{
    size_t i;
    json_t *part;

    if (json_is_string(reasoning))
        send_thought(call, json_view(reasoning));
    else
        send_thought(call, json_view(text_of_part(reasoning, "text")));
    json_array_foreach(reasoning, i, part)
        send_thought(call, json_view(json_is_string(part) ? part : text_of_part(part, "text")));
}

enum part_kind { PART_TEXT, PART_REASONING };

/* A type of part that a message can have, and the member that holds its text. */
struct part_row {
    const char *type, *member;
    enum part_kind kind;
};

/* Returns the row of this type of part, or NULL if the type is unknown. */
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

/* Returns the text of a part that belongs to the answer, or NULL if the part has none. */
static const json_t *answer_text_of_part(const json_t *part, const struct part_row *row)
{
    if (json_is_string(part))
        return part;
    if (row != NULL)
        return text_of_part(part, row->member);
    return json_text(part, "type") == NULL ? text_of_part(part, "text") : NULL;
}

/* Reads one part of a message: a text alone, or an object whose type says where its text is. */
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
        call->said.has_unread = true;
    else
        provider_send_delta(call, text);
}

/* Reports the content of a message. OpenAI sends one text, others also a part or a list of parts.
 */
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

/* Remembers that the model wants a tool to be called, with the first characters of its name. */
void provider_note_tool(struct provider_call *call, const json_t *name)
{
    str known = str_cut(json_view(name), TOOL_NAME_SIZE - 1);

    call->said.wants_tool = true;
    for (size_t i = 0; i < known.len; i++)
        if ((unsigned char)known.ptr[i] < ' ')
            return; /* such a name is not shown */
    if (known.len > 0) {
        memcpy(call->said.tool, known.ptr, known.len);
        call->said.tool[known.len] = '\0';
    }
}

/* Returns whether the value of a member "error" says that something failed. null, false, 0, "", {}
 * and [] do not, and neither does an object all of whose members are such values. */
static bool is_error(json_t *error)
{
    const char *name;
    size_t i;
    json_t *member;

    json_object_foreach(error, name, member) if (is_error(member)) return true;
    json_array_foreach(error, i, member) if (is_error(member)) return true;
    return json_string_length(error) > 0 || json_number_value(error) != 0 || json_is_true(error);
}

/* Returns whether the member of this name is the text "error". */
static bool says_error(const json_t *said, const char *name)
{
    const char *text = json_text(said, name);

    return text != NULL && strcmp(text, "error") == 0;
}

/* Ends the call if the object reports an error: as its member "error", or because it is an error
 * itself, as vLLM and the Responses API say it. */
bool provider_refuse_if_error(struct provider_call *call, const json_t *said)
{
    json_t *error = json_object_get(said, "error");

    if (is_error(error))
        provider_refuse(call, error);
    else if (says_error(said, "object") || says_error(said, "type"))
        provider_refuse(call, said);
    else
        return false;
    return true;
}

/* ---- the end ---- */

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

/* Returns why an answer without text is not a success, in a sentence without the tool's name. */
static const char *missing_text_reason(const struct provider_call *call)
{
    const struct answer_progress *said = &call->said;

    if (said->wants_tool)
        return "The model called a tool, but this agent has no tools";
    if (said->has_unread)
        return "The model provider's answer has only content that this server cannot read";
    if (said->is_cut_off)
        return "The model's answer was cut off before its first word, by a limit or a filter";
    if (call->body.form == BODY_JSON)
        return call->base.model->provider->dialect->not_an_answer;
    return "The model provider ended its answer without saying anything";
}

/* An answer with text is a success. One without is a success only if the provider has begun an
 * answer and nothing says why its text is missing. */
bool provider_has_failed(const struct provider_call *call, char message[REFUSAL_BYTES])
{
    const struct answer_progress *said = &call->said;
    bool is_missing = said->wants_tool || said->has_unread || said->is_cut_off || !said->has_begun;

    if (said->text_bytes > 0 || !is_missing)
        return false;
    if (said->tool[0] != '\0')
        (void)snprintf(message, REFUSAL_BYTES,
                       "The model called the tool '%s', but this agent has no tools", said->tool);
    else
        (void)snprintf(message, REFUSAL_BYTES, "%s", missing_text_reason(call));
    return true;
}

/* ---- token counts ---- */

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

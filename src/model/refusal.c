/* Converts a provider's error answer to a type and one sentence for the user. Providers send errors
 * as {"error":{"message"}}, {"error":"..."}, {"message"}, {"detail"} or HTML. A key that was sent
 * is never quoted. */
#include "model/refusal.h"

#include <stdio.h>

#include "base/ensure.h"
#include "base/mem.h"
#include "json/mend.h"

enum { QUOTE_MAX_BYTES = 300 };

static const char provider_error[] = "ModelProviderError";
static const char rate_limit_error[] = "ModelRateLimitError";
static const char authentication_error[] = "ModelAuthenticationError";

/* Returns the name that the reference implementation gives to the error of this status. */
static const char *type_of_status(int64_t status)
{
    static const struct {
        int64_t status;
        const char *type;
    } known[] = {
        { 401, authentication_error },
        { 403, authentication_error },
        { 429, rate_limit_error },
    };

    for (size_t i = 0; i < COUNT(known); i++)
        if (known[i].status == status)
            return known[i].type;
    return provider_error;
}

/* The words of a provider, as they are quoted: one line of UTF-8. */
struct quote {
    const struct refusal_context *context;
    char text[QUOTE_MAX_BYTES + 1];
    size_t len;
};

/* ---- quoting a text ---- */

/* Do the words contain the key that was sent? */
static bool has_key(const struct refusal_context *context, str words)
{
    if (context->authorization == NULL)
        return false;
    const char *blank = strchr(context->authorization, ' ');
    ensure(blank != NULL); /* "Bearer KEY" */
    return str_contains(words, str_of(blank + 1));
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7F; /* C0 and DEL */
}

/* Returns the text without the blanks and control characters at its ends. */
static str trim_words(str text)
{
    while (text.len > 0 && (text.ptr[0] == ' ' || is_control(text.ptr[0])))
        text = str_from(text, 1);
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || is_control(text.ptr[text.len - 1])))
        text.len--;
    return text;
}

/* Appends as much of the text as there is room for. */
static void append(struct quote *quote, str text)
{
    ensure(quote->len <= QUOTE_MAX_BYTES);
    text = str_cut(text, QUOTE_MAX_BYTES - quote->len);
    for (size_t i = 0; i < text.len; i++)
        quote->text[quote->len++] = is_control(text.ptr[i]) ? ' ' : text.ptr[i];
}

/* Quotes a text. Returns false, and quotes nothing, if it has no words or contains the key. */
static bool quote_text(struct quote *quote, str text)
{
    text = trim_words(text);
    if (text.len == 0 || has_key(quote->context, text) || !str_is_utf8(text))
        return false;
    append(quote, text);
    return true;
}

/* ---- finding the words ---- */

/* How deep the words are searched for. Each level of text inside text counts as one, too. */
enum { WORDS_DEPTH_MAX = 8 };

static bool quote_json(struct quote *quote, const json_t *said, int depth);

/* Quotes a text, or the words of the JSON that it is: some gateways send the provider's answer as a
 * text inside their own. */
static bool quote_string(struct quote *quote, str text, int depth)
{
    AUTO(json_t) *inner = NULL;
    str words = trim_words(text);

    if (!str_starts(words, STR("{")) && !str_starts(words, STR("[")))
        return quote_text(quote, words);
    if (json_parse_mended(words, &inner, NULL) != AGENTOS_OK)
        return quote_text(quote, words);
    return quote_json(quote, inner, depth - 1);
}

/* Adds where the fault is: the "loc" of FastAPI, a list of names and positions. */
static void quote_location(struct quote *quote, const json_t *location)
{
    size_t i;
    json_t *step;

    json_array_foreach(location, i, step)
    {
        char position[24];

        (void)snprintf(position, sizeof(position), "%lld", (long long)json_integer_value(step));
        str name = json_is_string(step) ? json_view(step) : str_of(position);
        if (has_key(quote->context, name) || !str_is_utf8(name))
            continue;
        append(quote, i == 0 ? STR(" (") : STR("."));
        append(quote, name);
    }
    if (json_array_size(location) > 0)
        append(quote, STR(")"));
}

/* Adds what the provider behind a gateway has said, in the form of OpenRouter: metadata.raw. */
static void quote_origin(struct quote *quote, const json_t *error, int depth)
{
    size_t len = quote->len;
    json_t *raw = json_object_get(json_object_get(error, "metadata"), "raw");

    append(quote, STR(": "));
    if (!quote_json(quote, raw, depth))
        quote->len = len;
}

/* Quotes the words of an object: those of the first member that has any. */
static bool quote_object(struct quote *quote, const json_t *said, int depth)
{
    static const char *const members[] = { "message", "msg",    "error_description", "error",
                                           "detail",  "errors", "error_message",     "details",
                                           "reason",  "title",  "description" };

    for (size_t i = 0; i < COUNT(members); i++) {
        if (!quote_json(quote, json_object_get(said, members[i]), depth - 1))
            continue;
        quote_location(quote, json_object_get(said, "loc"));
        quote_origin(quote, said, depth - 1);
        return true;
    }
    return false;
}

/* Quotes the words of a list: those of the first item that has any. */
static bool quote_list(struct quote *quote, const json_t *said, int depth)
{
    size_t i;
    json_t *item;

    json_array_foreach(said, i, item) if (quote_json(quote, item, depth - 1)) return true;
    return false;
}

/* Quotes the words in an error or an answer, wherever they stand. Returns false if there are none.
 */
static bool quote_json(struct quote *quote, const json_t *said, int depth)
{
    if (depth <= 0)
        return false;
    if (json_is_string(said))
        return quote_string(quote, json_view(said), depth);
    if (json_is_array(said))
        return quote_list(quote, said, depth);
    /* A member that is absent has no members, so each value of the body is visited once at most. */
    return json_is_object(said) && quote_object(quote, said, depth);
}

/* Quotes what a body says that is not JSON: its text, unless it is a page of HTML or binary. */
static void quote_plain(struct quote *quote, str body)
{
    str words = trim_words(body);

    if (!str_starts(words, STR("<")) && !str_has(words, '\0'))
        (void)quote_text(quote, words);
}

/* Writes the message for a 401 (RFC 9110 §15.5.2). It names the remedy, and quotes nothing, because
 * the provider's words may contain the key. */
static void describe_key(const struct refusal_context *context, int status, struct refusal *out)
{
    bool has_sent_key = context->authorization != NULL;

    (void)snprintf(out->message, sizeof(out->message),
                   "The model provider %s (%d). Set OPENAI_API_KEY, or api_key of the model in the "
                   "configuration",
                   has_sent_key ? "refused the API key" : "wants an API key", status);
}

/* Does a 404 say that the model does not exist? Otherwise the path may not exist. */
static bool is_missing_model(const json_t *said)
{
    const char *code = json_text(json_object_get(said, "error"), "code");

    return code != NULL && strcmp(code, "model_not_found") == 0;
}

/* Describes an answer whose status is not 200. The body may be anything. */
struct refusal refusal_of_answer(const struct refusal_context *context, int status, str body)
{
    ensure(status != 200);
    struct refusal out = { .type = type_of_status(status) };
    struct quote quote = { .context = context };
    AUTO(json_t) *said = NULL;
    const char *hint = "";

    if (status == 401) {
        describe_key(context, status, &out);
        return out;
    }
    if (json_parse_mended(body, &said, NULL) == AGENTOS_OK ||
        json_parse_owned(body, PARSE_SCALARS_TOO, &said, NULL) == AGENTOS_OK)
        (void)quote_json(&quote, said, WORDS_DEPTH_MAX);
    else
        quote_plain(&quote, body);
    if (status == 404 && context->has_chat_sibling && !is_missing_model(said))
        hint = ". It may have only Chat Completions: use provider openai-chat";
    if (str_contains((str){ quote.text, quote.len }, STR("stream_options")))
        hint = ". Set stream_usage: false of the model";
    (void)snprintf(out.message, sizeof(out.message), "The model provider answered %d%s%.*s%s",
                   status, quote.len > 0 ? ": " : "", (int)quote.len, quote.text, hint);
    return out;
}

/* Returns the name of an error inside an answer. Some providers give a status as its code, others a
 * word. */
static const char *type_of_error(const json_t *error)
{
    const char *code = json_text(error, "code");

    if (code != NULL && strstr(code, "rate_limit") != NULL)
        return rate_limit_error;
    return type_of_status(json_int(error, "code", 0));
}

/* Describes an error inside an answer or event; error may be NULL. */
struct refusal refusal_of_error(const struct refusal_context *context, const json_t *error)
{
    struct refusal out = { .type = type_of_error(error) };
    struct quote quote = { .context = context };

    if (!quote_json(&quote, error, WORDS_DEPTH_MAX))
        append(&quote, STR("it did not say why"));
    (void)snprintf(out.message, sizeof(out.message), "The model provider failed: %.*s",
                   (int)quote.len, quote.text);
    return out;
}

/* Returns whether the object says anything that could be quoted. */
bool refusal_has_words(const struct refusal_context *context, const json_t *said)
{
    struct quote quote = { .context = context };

    return quote_json(&quote, said, WORDS_DEPTH_MAX);
}

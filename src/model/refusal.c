/* Turns a provider's error into a message for the user, which never contains the API key. */
#include "model/refusal.h"

#include <stdio.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "json/mend.h"

enum {
    QUOTE_MAX_BYTES = 300,
    /* Limits of the search for a message. An answer may have 200,000 values. */
    SEARCHED_VALUES_MAX = 10 * 1000,
    SEARCHED_JSON_MAX_BYTES = 256 * KiB,
};

static const char provider_error[] = "ModelProviderError";
static const char rate_limit_error[] = "ModelRateLimitError";
static const char authentication_error[] = "ModelAuthenticationError";

/* Returns agno's exception name for an HTTP status. */
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

/* The quoted words of a provider: one line of UTF-8. */
struct quote {
    const struct refusal_context *context;
    char text[QUOTE_MAX_BYTES + 1];
    size_t len;
    size_t searched_values, searched_bytes; /* so far; bytes of JSON inside strings */
};

/* ---- quoting a text ---- */

/* Returns true if the text contains the API key. */
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

/* Trims spaces and control characters. */
static str trim_words(str text)
{
    while (text.len > 0 && (text.ptr[0] == ' ' || is_control(text.ptr[0])))
        text = str_from(text, 1);
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || is_control(text.ptr[text.len - 1])))
        text.len--;
    return text;
}

/* Appends as much of the text as fits. */
static void append_text(struct quote *quote, str text)
{
    ensure(quote->len <= QUOTE_MAX_BYTES);
    text = str_cut(text, QUOTE_MAX_BYTES - quote->len);
    for (size_t i = 0; i < text.len; i++)
        quote->text[quote->len++] = is_control(text.ptr[i]) ? ' ' : text.ptr[i];
}

/* Quotes a text. Returns false if it is empty, contains the key or is not UTF-8. */
static bool quote_text(struct quote *quote, str text)
{
    text = trim_words(text);
    if (text.len == 0 || has_key(quote->context, text) || !str_is_utf8(text))
        return false;
    append_text(quote, text);
    return true;
}

/* ---- finding the message ---- */

/* The nesting limit, which also counts JSON texts inside strings. */
enum { QUOTE_DEPTH_MAX = 8 };

static bool quote_json(struct quote *quote, const json_t *json, int depth);

/* Quotes a text. If it is JSON, as some gateways send, quotes the message inside. */
static bool quote_string(struct quote *quote, str text, int depth)
{
    AUTO(json_t) *inner = NULL;
    str words = trim_words(text);

    if (!str_starts(words, STR("{")) && !str_starts(words, STR("[")))
        return quote_text(quote, words);
    if (words.len > SEARCHED_JSON_MAX_BYTES - quote->searched_bytes)
        return false;
    quote->searched_bytes += words.len;
    if (json_parse_mended(words, &inner, NULL) != AGENTOS_OK)
        return quote_text(quote, words);
    return quote_json(quote, inner, depth - 1);
}

/* Appends the location of an error, FastAPI's "loc". */
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
        append_text(quote, i == 0 ? STR(" (") : STR("."));
        append_text(quote, name);
    }
    if (json_array_size(location) > 0)
        append_text(quote, STR(")"));
}

/* Appends the upstream error that OpenRouter puts into metadata.raw. */
static void quote_origin(struct quote *quote, const json_t *error, int depth)
{
    size_t len = quote->len;
    json_t *raw = json_object_get(json_object_get(error, "metadata"), "raw");

    append_text(quote, STR(": "));
    if (!quote_json(quote, raw, depth))
        quote->len = len;
}

/* Quotes the first member with a message. */
static bool quote_object(struct quote *quote, const json_t *json, int depth)
{
    static const char *const members[] = { "message", "msg",    "error_description", "error",
                                           "detail",  "errors", "error_message",     "details",
                                           "reason",  "title",  "description" };

    for (size_t i = 0; i < COUNT(members); i++) {
        if (!quote_json(quote, json_object_get(json, members[i]), depth - 1))
            continue;
        quote_location(quote, json_object_get(json, "loc"));
        quote_origin(quote, json, depth - 1);
        return true;
    }
    return false;
}

/* Quotes the first item with a message. */
static bool quote_list(struct quote *quote, const json_t *json, int depth)
{
    size_t i;
    json_t *item;

    json_array_foreach(json, i, item) if (quote_json(quote, item, depth - 1)) return true;
    return false;
}

/* Quotes the message in an error or answer. Returns false if none is found within the limits. */
static bool quote_json(struct quote *quote, const json_t *json, int depth)
{
    if (depth <= 0 || json == NULL || quote->searched_values == SEARCHED_VALUES_MAX)
        return false;
    quote->searched_values++;
    if (json_is_string(json))
        return quote_string(quote, json_view(json), depth);
    if (json_is_array(json))
        return quote_list(quote, json, depth);
    return json_is_object(json) && quote_object(quote, json, depth);
}

/* Quotes a body that is not JSON, unless it is HTML or binary. */
static void quote_plain(struct quote *quote, str body)
{
    str words = trim_words(body);

    if (!str_starts(words, STR("<")) && !str_has(words, '\0'))
        (void)quote_text(quote, words);
}

/* Writes the message for a 401. Quotes nothing, since the body may contain the key. */
static void describe_key(const struct refusal_context *context, int status, struct refusal *out)
{
    bool has_sent_key = context->authorization != NULL;

    (void)snprintf(out->message, sizeof(out->message),
                   "The model provider %s (%d). Set OPENAI_API_KEY, or api_key of the model in the "
                   "configuration",
                   has_sent_key ? "refused the API key" : "wants an API key", status);
}

/* Returns true if a 404 means an unknown model and not an unknown path. */
static bool is_missing_model(const json_t *json)
{
    const char *code = json_text(json_object_get(json, "error"), "code");

    return code != NULL && strcmp(code, "model_not_found") == 0;
}

/* Returns advice for an error with a known remedy, or an empty text. */
static const char *find_advice(const struct refusal_context *context, int status,
                               const json_t *json, str quoted)
{
    if (str_contains(quoted, STR("stream_options")))
        return ". Set stream_usage: false of the model";
    if (status == 404 && context->has_chat_alternative && !is_missing_model(json))
        return ". It may have only Chat Completions: use provider openai-chat";
    return "";
}

/* Describes an answer with a status other than 200. */
struct refusal refusal_of_answer(const struct refusal_context *context, int status, str body)
{
    ensure(status != 200);
    struct refusal out = { .type = type_of_status(status) };
    struct quote quote = { .context = context };
    AUTO(json_t) *json = NULL;

    if (status == 401) {
        describe_key(context, status, &out);
        return out;
    }
    if (json_parse_mended(body, &json, NULL) == AGENTOS_OK ||
        json_parse_owned(body, PARSE_SCALARS_TOO, &json, NULL) == AGENTOS_OK)
        (void)quote_json(&quote, json, QUOTE_DEPTH_MAX);
    else
        quote_plain(&quote, body);
    const char *advice = find_advice(context, status, json, (str){ quote.text, quote.len });
    (void)snprintf(out.message, sizeof(out.message), "The model provider answered %d%s%.*s%s",
                   status, quote.len > 0 ? ": " : "", (int)quote.len, quote.text, advice);
    return out;
}

/* Returns the error type, from a status or a word in `code`. */
static const char *type_of_error(const json_t *error)
{
    const char *code = json_text(error, "code");

    if (code != NULL && strstr(code, "rate_limit") != NULL)
        return rate_limit_error;
    return type_of_status(json_int(error, "code", 0));
}

/* Describes an error inside an answer or event. `error` may be NULL. */
struct refusal refusal_of_error(const struct refusal_context *context, const json_t *error)
{
    struct refusal out = { .type = type_of_error(error) };
    struct quote quote = { .context = context };

    if (!quote_json(&quote, error, QUOTE_DEPTH_MAX))
        append_text(&quote, STR("it did not say why"));
    (void)snprintf(out.message, sizeof(out.message), "The model provider failed: %.*s",
                   (int)quote.len, quote.text);
    return out;
}

bool refusal_has_message(const struct refusal_context *context, const json_t *json)
{
    struct quote quote = { .context = context };

    return quote_json(&quote, json, QUOTE_DEPTH_MAX);
}

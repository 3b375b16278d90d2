/* Converts a provider's error answer to a type and one sentence for the user. Providers send errors
 * as {"error":{"message"}}, {"error":"..."}, {"message"}, {"detail"} or HTML. A key that was sent
 * is never quoted. */
#include "model/refusal.h"

#include <stdio.h>

#include "base/ensure.h"
#include "base/mem.h"

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

/* Returns the provider's own words in an error or an answer, or NULL if there are none. */
static const char *words_of(const json_t *said)
{
    static const char *const members[] = { "message", "error", "detail" };
    const json_t *error = json_object_get(said, "error");

    if (json_is_string(said))
        return json_string_value(said);
    if (json_is_object(error) && json_text(error, "message") != NULL)
        return json_text(error, "message");
    for (size_t i = 0; i < COUNT(members); i++)
        if (json_text(said, members[i]) != NULL)
            return json_text(said, members[i]);
    return NULL;
}

/* Do the words contain the key that was sent? */
static bool has_key(const struct refusal_context *context, const char *words)
{
    if (context->authorization == NULL)
        return false;
    const char *blank = strchr(context->authorization, ' ');
    ensure(blank != NULL); /* "Bearer KEY" */
    return strstr(words, blank + 1) != NULL;
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7F; /* C0 and DEL */
}

/* Copies the provider's words to out as one line of at most QUOTE_MAX_BYTES, and returns that line.
 * It is empty if there are no words or if they contain the key. */
static str quote_words(const struct refusal_context *context, const char *words,
                       char out[QUOTE_MAX_BYTES + 1])
{
    if (words == NULL || has_key(context, words))
        return STR("");
    str quoted = str_cut(str_of(words), QUOTE_MAX_BYTES);
    ensure(quoted.len <= QUOTE_MAX_BYTES);
    for (size_t i = 0; i < quoted.len; i++)
        out[i] = is_control(words[i]) ? ' ' : words[i];
    return (str){ out, quoted.len };
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

/* Returns true if a 404 says that the model does not exist. Otherwise it may be the path that does
 * not exist. */
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
    char quote[QUOTE_MAX_BYTES + 1];
    AUTO(json_t) *said = NULL;
    const char *hint = "";

    if (status == 401) {
        describe_key(context, status, &out);
        return out;
    }
    if (json_parse_owned(body, PARSE_STRICT, &said, NULL) != AGENTOS_OK)
        said = NULL; /* HTML, most likely: nothing to quote */
    str words = quote_words(context, words_of(said), quote);
    if (status == 404 && context->has_chat_sibling && !is_missing_model(said))
        hint = ". It may have only Chat Completions: use provider openai-chat";
    (void)snprintf(out.message, sizeof(out.message), "The model provider answered %d%s%.*s%s",
                   status, words.len > 0 ? ": " : "", (int)words.len, words.ptr, hint);
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
    char quote[QUOTE_MAX_BYTES + 1];
    str words = quote_words(context, words_of(error), quote);

    if (words.len == 0)
        words = STR("it did not say why");
    (void)snprintf(out.message, sizeof(out.message), "The model provider failed: %.*s",
                   (int)words.len, words.ptr);
    return out;
}

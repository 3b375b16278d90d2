/* Sentences from what providers answer, in all the forms they use: {"error":{"message"}},
 * {"error":"..."}, {"message"}, {"detail"}, HTML. */
#include "model/refusal.h"

#include <stdio.h>

#include "base/ensure.h"
#include "base/mem.h"

enum { QUOTE_MAX_BYTES = 300 };

static const char provider_error[] = "ModelProviderError";
static const char rate_limit_error[] = "ModelRateLimitError";
static const char authentication_error[] = "ModelAuthenticationError";

/* The reference's exception for this status. */
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

/* The provider's own words in an error or answer; NULL: none. */
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

/* Whether the words hold the key that was sent. */
static bool has_key(const struct refusal_context *context, const char *words)
{
    if (context->authorization == NULL)
        return false;
    const char *blank = strchr(context->authorization, ' ');
    ensure(blank != NULL); /* "Bearer KEY" */
    return strstr(words, blank + 1) != NULL;
}

/* What may be quoted of the provider's words: one line of at most QUOTE_MAX_BYTES; empty, if there
 * are none or the key is among them. */
static str quote_words(const struct refusal_context *context, const char *words,
                       char out[QUOTE_MAX_BYTES + 1])
{
    if (words == NULL || has_key(context, words))
        return STR("");
    str quoted = str_cut(str_of(words), QUOTE_MAX_BYTES);
    ensure(quoted.len <= QUOTE_MAX_BYTES);
    for (size_t i = 0; i < quoted.len; i++)
        out[i] = (unsigned char)words[i] < ' ' || words[i] == 0x7F ? ' ' : words[i];
    return (str){ out, quoted.len };
}

/* Of a 401 (RFC 9110 §15.5.2). Names the remedy, and quotes nothing: the provider's own words may
 * hold the key. */
static void describe_key(const struct refusal_context *context, int status, struct refusal *out)
{
    (void)snprintf(out->message, sizeof(out->message),
                   "The model provider %s (%d). Set OPENAI_API_KEY, or api_key of the model in the "
                   "configuration",
                   context->authorization != NULL ? "refused the API key" : "wants an API key",
                   status);
}

/* A 404 for a model that does not exist, not for a path that does not. */
static bool is_missing_model(const json_t *said)
{
    const char *code = json_text(json_object_get(said, "error"), "code");

    return code != NULL && strcmp(code, "model_not_found") == 0;
}

struct refusal refusal_of_answer(const struct refusal_context *context, int status, str body)
{
    struct refusal out = { .type = type_of_status(status) };
    char quote[QUOTE_MAX_BYTES + 1];
    AUTO(json_t) *said = NULL;

    ensure(status != 200);
    if (status == 401) {
        describe_key(context, status, &out);
        return out;
    }
    if (json_parse_owned(body, PARSE_STRICT, &said, NULL) != AGENTOS_OK)
        said = NULL; /* HTML, most likely: nothing to quote */
    str words = quote_words(context, words_of(said), quote);
    const char *hint = status == 404 && context->has_chat_sibling && !is_missing_model(said)
                           ? ". It may have only Chat Completions: use provider openai-chat"
                           : "";
    (void)snprintf(out.message, sizeof(out.message), "The model provider answered %d%s%.*s%s",
                   status, words.len > 0 ? ": " : "", (int)words.len, words.ptr, hint);
    return out;
}

/* Some providers give a status as the code, others a word. */
static const char *type_of_error(const json_t *error)
{
    const char *code = json_text(error, "code");

    if (code != NULL && strstr(code, "rate_limit") != NULL)
        return rate_limit_error;
    return type_of_status(json_int(error, "code", 0));
}

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

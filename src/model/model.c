/* Creates models and dispatches their calls to the driver of the provider. */
#include "model/model.h"

#include <openssl/crypto.h>

#include "base/limits.h"
#include "base/mem.h"
#include "model/driver.h"

static const struct provider providers[] = {
    { "openai", "OpenAIResponses", "OpenAI", &driver_http, &dialect_responses },
    { "openai-chat", "OpenAIChat", "OpenAI", &driver_http, &dialect_chat },
    { "offline", "EchoModel", "Echo", &driver_offline, NULL },
    { "callback", "CallbackModel", "Callback", &driver_callback, NULL },
};

static const struct provider *find_provider(str name)
{
    for (size_t i = 0; i < COUNT(providers); i++)
        if (str_equal(name, str_of(providers[i].name)))
            return &providers[i];
    return NULL;
}

/* Sets the Authorization header. An empty key counts as no key. */
MUST_USE static agentos_status keep_key(struct model *model, const char *key, agentos_error *err)
{
    if (key == NULL || key[0] == '\0')
        return AGENTOS_OK;
    if (!str_is_visible(str_of(key))) /* a line break would inject a header */
        return fail(err, AGENTOS_INVALID,
                    "api_key contains a space, a line break or non-ASCII bytes");
    model->authorization = arena_printf(model->memory, "Bearer %s", key);
    return AGENTOS_OK;
}

/* Copies the options and lets the driver check them. On failure, model_free frees the model. */
MUST_USE static agentos_status prepare(struct model *model, const struct model_options *options,
                                       agentos_error *err)
{
    model->memory = arena_new();
    model->options = *options;
    model->options.provider = model->provider->name;
    model->options.id = model->wire_id = arena_copy_text(model->memory, options->id);
    model->options.base_url = arena_copy_text(model->memory, options->base_url);
    model->options.content = arena_copy_text(model->memory, options->content);
    model->options.authorities = arena_copy_text(model->memory, options->authorities);
    model->options.api_key = NULL;
    if (model->wire_id == NULL || model->wire_id[0] == '\0')
        return fail(err, AGENTOS_INVALID, "a model of provider '%s' needs an id",
                    model->provider->name);
    TRY(keep_key(model, options->api_key, err));
    return model->provider->driver->prepare(model, err);
}

agentos_status model_new(const struct model_options *options, struct model **out,
                         agentos_error *err)
{
    str name = str_of(options->provider);
    const struct provider *provider = find_provider(name);

    if (provider == NULL)
        return fail(err, AGENTOS_INVALID,
                    "unknown model provider " QUOTED ": openai, openai-chat and offline are known",
                    QUOTE(name));

    struct model *model = mem_zeroed(sizeof(*model));
    model->provider = provider;
    agentos_status status = prepare(model, options, err);
    if (status != AGENTOS_OK) {
        model_free(model);
        return status;
    }
    *out = model;
    return AGENTOS_OK;
}

/* Frees the model and wipes its key. The model may be incomplete or NULL. */
void model_free(struct model *model)
{
    if (model == NULL)
        return;
    if (model->provider->driver->dispose != NULL)
        model->provider->driver->dispose(model);
    if (model->authorization != NULL)
        OPENSSL_cleanse(model->authorization, strlen(model->authorization));
    arena_free(model->memory);
    free(model);
}

const char *model_name(const struct model *model)
{
    return model->provider->wire_name;
}

const char *model_id(const struct model *model)
{
    return model->wire_id;
}

const char *model_provider(const struct model *model)
{
    return model->provider->wire_provider;
}

/* Joins the texts of all parts in the arena and adds a NUL. */
static str join_parts(const struct model_message *message, arena *a)
{
    size_t len = 0, at = 0;

    ensure(a != NULL);
    for (size_t i = 0; i < message->part_count; i++)
        len += message->parts[i].text.len;
    char *text = arena_alloc(a, len + 1); /* zeroed, hence NUL-terminated */
    for (size_t i = 0; i < message->part_count; i++) {
        str part = message->parts[i].text;

        if (part.len > 0)
            memcpy(text + at, part.ptr, part.len);
        at += part.len;
    }
    ensure(at == len);
    return (str){ text, len };
}

/* Returns the text of a message. The arena may be NULL unless there are several parts. */
str model_message_text(const struct model_message *message, arena *a)
{
    ensure(message->part_count == 0 || message->parts != NULL);
    if (message->part_count == 0)
        return STR("");
    if (message->part_count == 1)
        return message->parts[0].text;
    return join_parts(message, a);
}

/* Starts a call and copies what it needs of the request. Reports no event before it returns. */
struct model_call *model_start(const struct model *model, struct loop *loop, struct client *client,
                               const struct model_request *request,
                               const struct model_events *events, void *user)
{
    ensure(request->count > 0);
    ensure(request->messages != NULL);
    ensure(events->on_delta != NULL);
    ensure(events->on_reasoning != NULL);
    ensure(events->on_done != NULL);
    ensure(events->on_error != NULL);
    const struct model_call call = {
        .model = model,
        .loop = loop,
        .events = *events,
        .user = user,
        .answer_max_bytes =
            request->answer_max_bytes > 0 ? request->answer_max_bytes : RUN_CONTENT_MAX_BYTES,
    };

    return model->provider->driver->start(&call, client, request);
}

static const struct driver *driver_of(const struct model_call *call)
{
    return call->model->provider->driver;
}

/* Ends the call without an event. Does nothing if it is over. */
void model_cancel(struct model_call *call)
{
    if (!call->is_over)
        driver_of(call)->cancel(call);
}

void model_pause(struct model_call *call)
{
    call->is_paused = true;
    if (!call->is_over)
        driver_of(call)->pause(call);
}

void model_resume(struct model_call *call)
{
    call->is_paused = false;
    if (!call->is_over)
        driver_of(call)->resume(call);
}

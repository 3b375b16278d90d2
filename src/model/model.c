/* The registry of providers, and the way from a model to its driver. Knows no provider by name but
 * through the table. */
#include "model/model.h"

#include <openssl/crypto.h>

#include "base/mem.h"
#include "model/driver.h"

static const struct driver *const drivers[] = {
    &driver_openai_responses,
    &driver_openai_chat,
    &driver_offline,
    &driver_callback,
};

static const struct driver *driver_find(const char *provider)
{
    for (size_t i = 0; i < COUNT(drivers); i++)
        if (str_equal(str_of(provider), str_of(drivers[i]->provider)))
            return drivers[i];
    return NULL;
}

MUST_USE static agentos_status keep_key(struct model *model, const char *key, agentos_error *err)
{
    if (key == NULL || key[0] == '\0')
        return AGENTOS_OK;
    if (!str_is_visible(str_of(key))) /* a line break in a header would begin another one */
        return fail(err, AGENTOS_INVALID,
                    "api_key contains a blank, a line break or bytes beyond ASCII");
    model->authorization = arena_printf(model->memory, "Bearer %s", key);
    return AGENTOS_OK;
}

MUST_USE static agentos_status prepare(struct model *model, const struct model_options *options,
                                       agentos_error *err)
{
    model->memory = arena_new();
    model->options = *options;
    model->options.provider = model->driver->provider;
    model->options.id = model->wire_id = arena_copy_text(model->memory, options->id);
    model->options.base_url = arena_copy_text(model->memory, options->base_url);
    model->options.content = arena_copy_text(model->memory, options->content);
    model->options.api_key = NULL;
    if (model->wire_id == NULL || model->wire_id[0] == '\0')
        return fail(err, AGENTOS_INVALID, "a model of provider '%s' needs an id",
                    model->driver->provider);
    TRY(keep_key(model, options->api_key, err));
    return model->driver->prepare(model, err);
}

agentos_status model_new(const struct model_options *options, struct model **out,
                         agentos_error *err)
{
    const struct driver *driver = driver_find(options->provider);
    str provider = str_of(options->provider);

    if (driver == NULL)
        return fail(err, AGENTOS_INVALID,
                    "unknown model provider " QUOTED ": openai, openai-chat and offline are known",
                    QUOTE(provider));

    struct model *model = mem_zeroed(sizeof(*model));
    model->driver = driver;
    agentos_status status = prepare(model, options, err);
    if (status != AGENTOS_OK) {
        model_free(model);
        return status;
    }
    *out = model;
    return AGENTOS_OK;
}

void model_free(struct model *model)
{
    if (model == NULL)
        return;
    if (model->driver->dispose != NULL)
        model->driver->dispose(model);
    if (model->authorization != NULL)
        OPENSSL_cleanse(model->authorization, strlen(model->authorization));
    arena_free(model->memory);
    free(model);
}

const char *model_name(const struct model *model)
{
    return model->driver->wire_name;
}

const char *model_id(const struct model *model)
{
    return model->wire_id;
}

const char *model_provider(const struct model *model)
{
    return model->driver->wire_provider;
}

struct model_call *model_start(const struct model *model, struct loop *loop, struct client *client,
                               const struct model_request *request,
                               const struct model_events *events, void *user)
{
    const struct model_call call = {
        .model = model, .loop = loop, .events = *events, .user = user
    };

    return model->driver->start(&call, client, request);
}

void model_cancel(struct model_call *call)
{
    if (!call->is_over)
        call->model->driver->cancel(call);
}

void model_pause(struct model_call *call)
{
    call->is_paused = true;
    if (!call->is_over)
        call->model->driver->pause(call);
}

void model_resume(struct model_call *call)
{
    call->is_paused = false;
    if (!call->is_over)
        call->model->driver->resume(call);
}

/* Implements the models and agents of the public C API (agentos.h). */
#include "embed/embed_object.h"

#include "base/ensure.h"

/* ---- models ---- */

/* Copies the options and their texts to the arena. */
static agentos_model_options copy_model_options(arena *a, const agentos_model_options *options)
{
    ensure(options->id != NULL);
    agentos_model_options copy = *options;

    copy.id = arena_copy_text(a, options->id);
    copy.base_url = arena_copy_text(a, options->base_url);
    copy.api_key = arena_copy_text(a, options->api_key);
    copy.ca_file = arena_copy_text(a, options->ca_file);
    copy.content = arena_copy_text(a, options->content);
    return copy;
}

/* Creates a model with a copy of the options. Returns NULL if the options have no id. */
static agentos_model *model_new(const char *provider, const agentos_model_options *options,
                                agentos_error *err)
{
    ensure(provider != NULL);
    if (earlier_call_failed(err))
        return NULL;
    if (options == NULL || options->id == NULL || options->id[0] == '\0') {
        (void)fail(err, AGENTOS_INVALID, "a model of provider '%s' needs an id", provider);
        return NULL;
    }
    arena *a = arena_new();
    agentos_model *model = arena_alloc(a, sizeof(*model));
    model->arena = a;
    model->provider = provider;
    model->options = copy_model_options(a, options);
    return model;
}

agentos_model *agentos_openai_responses(const agentos_model_options *options, agentos_error *err)
{
    return model_new("openai", options, err);
}

agentos_model *agentos_openai_chat(const agentos_model_options *options, agentos_error *err)
{
    return model_new("openai-chat", options, err);
}

agentos_model *agentos_offline(const agentos_model_options *options, agentos_error *err)
{
    return model_new("offline", options, err);
}

agentos_model *agentos_callback_model(const char *id, agentos_model_callback *callback, void *user,
                                      agentos_error *err)
{
    const agentos_model_options options = { .id = id };
    agentos_model *model = model_new("callback", &options, err);

    if (model == NULL)
        return NULL;
    if (callback == NULL) {
        (void)fail(err, AGENTOS_INVALID, "a callback model needs a function");
        agentos_model_free(model);
        return NULL;
    }
    model->callback = callback;
    model->callback_user = user;
    return model;
}

void agentos_model_free(agentos_model *model)
{
    if (model != NULL)
        arena_free(model->arena);
}

/* ---- agents ---- */

static agentos_status check_agent(const agentos_agent_options *options, agentos_error *err)
{
    if (earlier_call_failed(err))
        return err->status;
    if (options == NULL || options->model == NULL)
        return fail(err, AGENTOS_INVALID, "an agent needs a model");
    if (options->model->is_owned)
        return fail(err, AGENTOS_INVALID, "the model already belongs to another agent");
    return AGENTOS_OK;
}

/* Frees the model of an agent that could not be created, unless another agent owns it. */
static void free_unowned_model(const agentos_agent_options *options)
{
    if (options == NULL || options->model == NULL || options->model->is_owned)
        return;
    agentos_model_free(options->model);
}

/* Copies the options and their texts to the arena, but not the model. */
static agentos_agent_options copy_agent_options(arena *a, const agentos_agent_options *options)
{
    ensure(options->model != NULL);
    agentos_agent_options copy = *options;

    copy.id = arena_copy_text(a, options->id);
    copy.name = arena_copy_text(a, options->name);
    copy.description = arena_copy_text(a, options->description);
    copy.role = arena_copy_text(a, options->role);
    copy.instructions = arena_copy_text(a, options->instructions);
    return copy;
}

/* Creates an agent that owns the model in the options. Frees it and returns NULL on failure. */
agentos_agent *agentos_agent_new(const agentos_agent_options *options, agentos_error *err)
{
    if (check_agent(options, err) != AGENTOS_OK) {
        free_unowned_model(options);
        return NULL;
    }
    arena *a = arena_new();
    agentos_agent *agent = arena_alloc(a, sizeof(*agent));
    agent->arena = a;
    agent->options = copy_agent_options(a, options);
    agent->options.model->is_owned = true;
    return agent;
}

void agentos_agent_free(agentos_agent *agent)
{
    if (agent == NULL)
        return;
    agentos_model_free(agent->options.model);
    arena_free(agent->arena);
}

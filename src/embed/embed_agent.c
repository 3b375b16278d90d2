/* Implements the models and agents of the public C API (agentos.h). Each has its own copy of its
 * options until an AgentOS is made of it. */
#include "embed/embed_object.h"

#include "base/ensure.h"

/* ---- models ---- */

/* Copies the options with their texts into the arena. */
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

/* Makes a model with its own copy of the options. Returns NULL if the options have no id, which err
 * says then, or if an earlier call failed. The caller must free the model. */
static agentos_model *model_make(const char *provider, const agentos_model_options *options,
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
    return model_make("openai", options, err);
}

agentos_model *agentos_openai_chat(const agentos_model_options *options, agentos_error *err)
{
    return model_make("openai-chat", options, err);
}

agentos_model *agentos_offline(const agentos_model_options *options, agentos_error *err)
{
    return model_make("offline", options, err);
}

/* Makes a model that calls a function of the program. Returns NULL if the id or the function is
 * missing, or if an earlier call failed. */
agentos_model *agentos_callback_model(const char *id, agentos_model_callback *callback, void *user,
                                      agentos_error *err)
{
    const agentos_model_options options = { .id = id };
    agentos_model *model = model_make("callback", &options, err);

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

/* Returns what is wrong with the options, or NULL if nothing is. */
static const char *agent_fault(const agentos_agent_options *options)
{
    if (options == NULL || options->model == NULL)
        return "an agent needs a model";
    if (options->model->is_given)
        return "an agent needs a model of its own; this one is another's";
    return NULL;
}

/* Frees the model in the options of an agent that could not be made, because the program has handed
 * it over. A model that belongs to another agent is not freed. */
static void free_ungiven_model(const agentos_agent_options *options)
{
    if (options == NULL || options->model == NULL || options->model->is_given)
        return;
    agentos_model_free(options->model);
}

/* Copies the options with their texts into the arena. The model itself is not copied. */
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

/* Makes an agent, which takes ownership of the model in the options. Returns NULL if the options
 * are not valid, which err says then, or if an earlier call failed. The model is freed in both
 * cases. */
agentos_agent *agentos_agent_new(const agentos_agent_options *options, agentos_error *err)
{
    const char *fault = agent_fault(options);

    if (earlier_call_failed(err)) {
        free_ungiven_model(options);
        return NULL;
    }
    if (fault != NULL) {
        (void)fail(err, AGENTOS_INVALID, "%s", fault);
        free_ungiven_model(options);
        return NULL;
    }
    arena *a = arena_new();
    agentos_agent *agent = arena_alloc(a, sizeof(*agent));
    agent->arena = a;
    agent->options = copy_agent_options(a, options);
    ensure(!agent->options.model->is_given);
    agent->options.model->is_given = true;
    return agent;
}

/* Frees the agent and its model. NULL is allowed. */
void agentos_agent_free(agentos_agent *agent)
{
    if (agent == NULL)
        return;
    agentos_model_free(agent->options.model);
    arena_free(agent->arena);
}

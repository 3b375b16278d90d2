/* The C API: what agentos.h promises, as a configuration text for the loader, and callbacks beside
 * it. */
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "agentos/agentos.h"
#include "base/limits.h"
#include "os/embed_settings.h"
#include "os/faults.h"
#include "os/serve.h"

struct agentos_model {
    arena *arena;
    struct model_options options; /* texts in the arena; provider "callback" with a function */
};

struct agentos_agent {
    arena *arena;
    agentos_agent_options options; /* texts in the arena */
};

struct agentos {
    arena *arena; /* this object, the options' texts */
    struct options options;
    struct option_flags flags;
    agentos_agent *agents[AGENTOS_AGENTS_MAX + 1];
    void (*on_ready)(void *user, const char *host, uint16_t port);
    void *on_ready_user;
    atomic_bool is_listening;
};

static const char *kept(arena *a, const char *text)
{
    return text != NULL ? arena_copy(a, str_of(text)) : NULL;
}

static bool has_failed(const agentos_error *err)
{
    return err != NULL && err->status != AGENTOS_OK;
}

/* ---- models ---- */

static agentos_model *model_make(const char *provider, const agentos_model_options *options,
                                 agentos_error *err)
{
    if (has_failed(err))
        return NULL;
    if (options == NULL || options->id == NULL || options->id[0] == '\0') {
        (void)fail(err, AGENTOS_INVALID, "a model of provider '%s' needs an id",
                   provider); /* NULL says so */
        return NULL;
    }
    arena *a = arena_new();
    agentos_model *model = arena_alloc(a, sizeof(*model));
    model->arena = a;
    model->options = (struct model_options){
        .provider = provider,
        .id = kept(a, options->id),
        .base_url = kept(a, options->base_url),
        .api_key = kept(a, options->api_key),
        .temperature = options->temperature,
        .top_p = options->top_p,
        .max_output_tokens = options->max_output_tokens,
        .timeout_s = options->timeout_s,
    };
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

agentos_model *agentos_callback_model(const char *id, agentos_model_callback *callback, void *user,
                                      agentos_error *err)
{
    agentos_model *model = model_make("callback", &(agentos_model_options){ .id = id }, err);

    if (model == NULL)
        return NULL;
    if (callback == NULL) {
        (void)fail(err, AGENTOS_INVALID, "a callback model needs a function"); /* NULL says so */
        agentos_model_free(model);
        return NULL;
    }
    model->options.callback = callback;
    model->options.callback_user = user;
    return model;
}

void agentos_model_free(agentos_model *model)
{
    if (model != NULL)
        arena_free(model->arena);
}

/* ---- agents ---- */

agentos_agent *agentos_agent_new(const agentos_agent_options *options, agentos_error *err)
{
    if (has_failed(err) || options->model == NULL) {
        if (!has_failed(err))
            (void)fail(err, AGENTOS_INVALID, "an agent needs a model"); /* NULL says so */
        agentos_model_free(options->model);
        return NULL;
    }
    arena *a = arena_new();
    agentos_agent *agent = arena_alloc(a, sizeof(*agent));
    agent->arena = a;
    agent->options = *options;
    agent->options.id = kept(a, options->id);
    agent->options.name = kept(a, options->name);
    agent->options.description = kept(a, options->description);
    agent->options.role = kept(a, options->role);
    agent->options.instructions = kept(a, options->instructions);
    return agent;
}

void agentos_agent_free(agentos_agent *agent)
{
    if (agent == NULL)
        return;
    agentos_model_free(agent->options.model);
    arena_free(agent->arena);
}

/* ---- the configuration text ---- */

static void write_model(const struct model_options *model, writer *w)
{
    /* A function has no text: its place is taken, and filled afterwards. */
    bool is_callback = model->callback != NULL;

    write_object(w);
    write_member(w, "provider", is_callback ? "offline" : model->provider);
    write_member(w, "id", is_callback ? "echo" : model->id);
    write_member_if(w, "base_url", model->base_url);
    write_member_if(w, "api_key", model->api_key);
    if (model->temperature > 0)
        write_member_real(w, "temperature", model->temperature);
    if (model->top_p > 0)
        write_member_real(w, "top_p", model->top_p);
    if (model->max_output_tokens > 0)
        write_member_int(w, "max_output_tokens", model->max_output_tokens);
    if (model->timeout_s > 0)
        write_member_int(w, "timeout_s", model->timeout_s);
    write_end(w);
}

static void write_agent(const agentos_agent *agent, writer *w)
{
    const agentos_agent_options *o = &agent->options;

    write_object(w);
    write_member_if(w, "id", o->id);
    write_member_if(w, "name", o->name);
    write_member_if(w, "description", o->description);
    write_member_if(w, "role", o->role);
    write_member_if(w, "instructions", o->instructions);
    write_member_bool(w, "add_history_to_context", o->add_history_to_context);
    if (o->num_history_runs > 0)
        write_member_int(w, "num_history_runs", o->num_history_runs);
    write_key(w, "model");
    write_model(&o->model->options, w);
    write_end(w);
}

static void write_options(const agentos_options *o, agentos_agent *const *agents, writer *w)
{
    write_object(w);
    write_member_if(w, "id", o->id);
    write_member_if(w, "name", o->name);
    write_member_if(w, "description", o->description);
    write_member_if(w, "version", o->version);
    write_member_if(w, "listen", o->listen);
    write_member_if(w, "database", o->database);
    write_member_if(w, "security_key", o->security_key);
    embed_write_texts(w, "cors_origins", o->cors_origins);
    write_key(w, "agents");
    write_array(w);
    for (; *agents != NULL; agents++)
        write_agent(*agents, w);
    write_end(w);
    write_key(w, "authorization");
    embed_write_authorization(&o->authorization_config, o->authorization, w);
    write_end(w);
}

/* ---- the object ---- */

static agentos_status load(agentos *os, agentos_error *err)
{
    struct config_faults faults;

    if (options_check(&os->flags, os->arena, &os->options, &faults, err) != AGENTOS_OK)
        return faults_first(&faults, err);
    faults_log(&faults); /* warnings */
    return AGENTOS_OK;
}

static agentos *os_new(void)
{
    arena *a = arena_new();
    agentos *os = arena_alloc(a, sizeof(*os));

    os->arena = a;
    os->flags.port = -1;
    return os;
}

static void take_agents(agentos *os, const agentos_options *options)
{
    size_t count = 0;

    for (size_t i = 0; i < AGENTOS_AGENTS_MAX; i++)
        if (options->agents[i] != NULL)
            os->agents[count++] = options->agents[i];
}

static void put_callbacks(agentos *os)
{
    for (size_t i = 0; i < os->options.agent_count && os->agents[i] != NULL; i++)
        if (os->agents[i]->options.model->options.callback != NULL)
            os->options.agents[i].model = os->agents[i]->options.model->options;
}

static agentos_status configure(agentos *os, const agentos_options *options, agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(CONFIG_MAX_BYTES);

    write_options(options, os->agents, &(writer){ .out = &text });
    if (!buf_ok(&text))
        return fail(err, AGENTOS_INVALID, "the options are larger than %d bytes", CONFIG_MAX_BYTES);
    if (!str_is_utf8(buf_view(&text)))
        return fail(err, AGENTOS_INVALID, "an option is not UTF-8");
    os->flags.text = arena_copy(os->arena, buf_view(&text));
    os->flags.loops = options->loops;
    os->flags.open = options->open;
    TRY(load(os, err));
    put_callbacks(os);
    return AGENTOS_OK;
}

agentos *agentos_new(const agentos_options *options, agentos_error *err)
{
    agentos *os = os_new();

    take_agents(os, options);
    if (!has_failed(err) && configure(os, options, err) == AGENTOS_OK)
        return os;
    agentos_free(os);
    return NULL;
}

agentos *agentos_from_file(const char *path, agentos_error *err)
{
    agentos *os = os_new();

    os->flags.config = kept(os->arena, path);
    if (!has_failed(err) && load(os, err) == AGENTOS_OK)
        return os;
    agentos_free(os);
    return NULL;
}

static void is_ready(void *user, const char *host, uint16_t port)
{
    agentos *os = user;

    atomic_store(&os->is_listening, true);
    if (os->on_ready != NULL)
        os->on_ready(os->on_ready_user, host, port);
}

agentos_status agentos_serve(agentos *os, agentos_error *err)
{
    if (os == NULL)
        return has_failed(err) ? err->status
                               : fail(err, AGENTOS_INVALID, "there is no AgentOS to serve");
    os->options.on_ready = is_ready;
    os->options.on_ready_user = os;
    agentos_status status = serve(&os->options, os->flags.config != NULL ? &os->flags : NULL, err);
    atomic_store(&os->is_listening, false);
    return status;
}

void agentos_on_ready(agentos *os, void (*ready)(void *user, const char *host, uint16_t port),
                      void *user)
{
    os->on_ready = ready;
    os->on_ready_user = user;
}

/* The server's own way of being told to end; once, because a second signal would not wait. */
void agentos_stop(agentos *os)
{
    if (atomic_exchange(&os->is_listening, false))
        (void)kill(getpid(), SIGTERM); /* ourselves: it cannot fail */
}

void agentos_free(agentos *os)
{
    if (os == NULL)
        return;
    for (size_t i = 0; os->agents[i] != NULL; i++)
        agentos_agent_free(os->agents[i]);
    arena_free(os->arena);
}

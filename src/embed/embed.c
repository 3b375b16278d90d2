/* Implements the public C API (agentos.h). Options are converted to a configuration text, and the
 * normal loader reads it, as it reads a file. Callbacks cannot be part of a text, so they are set
 * in the loaded options afterwards. */
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "agentos/agentos.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "config/faults.h"
#include "embed/embed_settings.h"
#include "os/options.h"
#include "os/serve.h"

struct agentos_model {
    arena *arena;
    const char *provider;
    agentos_model_options options; /* texts in the arena */
    agentos_model_callback *callback;
    void *callback_user;
    bool is_given; /* to an agent */
};

struct agentos_agent {
    arena *arena;
    agentos_agent_options options; /* texts in the arena */
    bool is_given;                 /* to an AgentOS */
};

struct agentos {
    arena *arena; /* this object, the options' texts */
    struct options options;
    struct option_flags flags;
    agentos_agent *agents[AGENTOS_AGENTS_MAX];
    size_t agent_count;
    void (*on_ready)(void *user, const char *host, uint16_t port);
    void *on_ready_user;
    atomic_bool is_listening;
};

_Static_assert((int)AGENTOS_AGENTS_MAX == (int)AGENTS_MAX &&
                   (int)AGENTOS_ISSUERS_MAX == (int)ISSUERS_MAX &&
                   (int)AGENTOS_LOOPS_MAX == (int)LOOPS_MAX,
               "the header states the limits of the loader");

/* The issuers of the options: those of the fixed array, then the further ones. */
struct issuer_list {
    const agentos_issuer *all[AGENTOS_ISSUERS_MAX];
    size_t count;
};

/* Did an earlier call with the same err fail? Then the calls after it do nothing: a program may
 * check once, after all of them. */
static bool has_failed(const agentos_error *err)
{
    return err != NULL && err->status != AGENTOS_OK;
}

/* ---- models ---- */

/* A model with its own copies of the texts; NULL: an earlier call failed, or err says why. */
static agentos_model *model_make(const char *provider, const agentos_model_options *options,
                                 agentos_error *err)
{
    ensure(provider != NULL);
    if (has_failed(err))
        return NULL;
    if (options == NULL || options->id == NULL || options->id[0] == '\0') {
        (void)fail(err, AGENTOS_INVALID, "a model of provider '%s' needs an id", provider);
        return NULL;
    }
    arena *a = arena_new();
    agentos_model *model = arena_alloc(a, sizeof(*model));
    model->arena = a;
    model->provider = provider;
    model->options = *options;
    model->options.id = arena_copy_text(a, options->id);
    model->options.base_url = arena_copy_text(a, options->base_url);
    model->options.api_key = arena_copy_text(a, options->api_key);
    model->options.content = arena_copy_text(a, options->content);
    ensure(model->options.id != NULL && !model->is_given);
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

/* What is wrong with the options; NULL: nothing. */
static const char *agent_fault(const agentos_agent_options *options)
{
    if (options == NULL || options->model == NULL)
        return "an agent needs a model";
    return options->model->is_given ? "an agent needs a model of its own; this one is another's"
                                    : NULL;
}

/* Frees the model of an agent that could not be made, unless another agent has it. */
static void free_ungiven_model(agentos_model *model)
{
    if (model != NULL && !model->is_given)
        agentos_model_free(model);
}

agentos_agent *agentos_agent_new(const agentos_agent_options *options, agentos_error *err)
{
    const char *fault = agent_fault(options);

    if (has_failed(err) || fault != NULL) {
        if (!has_failed(err))
            (void)fail(err, AGENTOS_INVALID, "%s", fault);
        free_ungiven_model(options != NULL ? options->model : NULL);
        return NULL;
    }
    arena *a = arena_new();
    agentos_agent *agent = arena_alloc(a, sizeof(*agent));
    agent->arena = a;
    agent->options = *options;
    agent->options.id = arena_copy_text(a, options->id);
    agent->options.name = arena_copy_text(a, options->name);
    agent->options.description = arena_copy_text(a, options->description);
    agent->options.role = arena_copy_text(a, options->role);
    agent->options.instructions = arena_copy_text(a, options->instructions);
    ensure(!agent->options.model->is_given);
    agent->options.model->is_given = true;
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

static void write_model(const agentos_model *model, writer *w)
{
    ensure(model->provider != NULL);
    /* A function cannot be written: an offline model stands in its place until put_callbacks. */
    static const agentos_model_options nothing;
    bool is_callback = model->callback != NULL;

    write_object(w);
    write_member(w, "provider", is_callback ? "offline" : model->provider);
    embed_write(&embed_model, is_callback ? &nothing : &model->options, w);
    write_end(w);
}

static void write_agent(const agentos_agent *agent, writer *w)
{
    ensure(agent->options.model != NULL);
    write_object(w);
    embed_write(&embed_agent, &agent->options, w);
    write_key(w, "model");
    write_model(agent->options.model, w);
    write_end(w);
}

/* The key and a list, where there are issuers. */
static void write_issuers(const struct issuer_list *issuers, writer *w)
{
    ensure(issuers->count <= AGENTOS_ISSUERS_MAX);
    if (issuers->count == 0)
        return;
    write_key(w, "issuers");
    write_array(w);
    for (size_t i = 0; i < issuers->count; i++) {
        write_object(w);
        embed_write(&embed_issuer, issuers->all[i], w);
        write_end(w);
    }
    write_end(w);
}

/* All options as one JSON object, which is YAML too. */
static void write_options(const agentos *os, const agentos_options *options,
                          const struct issuer_list *issuers, writer *w)
{
    ensure(os->agent_count <= AGENTOS_AGENTS_MAX);
    write_object(w);
    embed_write(&embed_root, options, w);
    write_key(w, "agents");
    write_array(w);
    for (size_t i = 0; i < os->agent_count; i++)
        write_agent(os->agents[i], w);
    write_end(w);
    write_key(w, "authorization");
    write_object(w);
    if (options->authorization)
        write_member_bool(w, "enabled", true);
    embed_write(&embed_authorization, &options->authorization_config, w);
    write_issuers(issuers, w);
    write_end(w);
    write_end(w);
}

/* ---- the object ---- */

/* Reads and checks the configuration that os->flags name, into os->options. */
static agentos_status load_options(agentos *os, agentos_error *err)
{
    ensure(os->options.host == NULL);
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

/* Takes ownership of all agents of the list, also where something is wrong with it, so that
 * agentos_free frees them. What is wrong; NULL: nothing. */
static const char *take_agents(agentos *os, agentos_agent *const *agents)
{
    ensure(os->agent_count == 0);
    const char *fault = NULL;
    bool has_ended = false;

    for (size_t i = 0; i < AGENTOS_AGENTS_MAX; i++) {
        agentos_agent *agent = agents[i];

        if (agent == NULL) {
            has_ended = true;
            continue;
        }
        if (has_ended)
            fault = "an entry is NULL, and another follows";
        if (agent->is_given) {
            fault = "one of them is another AgentOS's already, or stands twice";
            continue;
        }
        agent->is_given = true;
        os->agents[os->agent_count++] = agent;
    }
    return fault;
}

/* Lists the entries in which anything is set. One whose issuer is NULL, perhaps because a variable
 * was not set, is listed too and refused by the loader: skipping it could leave the server without
 * authorization (agno #8625). */
static agentos_status list_issuers(const agentos_authorization_config *config,
                                   struct issuer_list *out, agentos_error *err)
{
    ensure(out->count == 0);
    bool has_ended = false;

    for (size_t i = 0; i < AGENTOS_LIST_MAX; i++) {
        bool is_set = embed_is_set(&embed_issuer, &config->issuers[i]);

        if (is_set && has_ended)
            return fail(err, AGENTOS_INVALID,
                        "authorization.issuers: an entry is empty, and another follows");
        has_ended = has_ended || !is_set;
        if (!has_ended)
            out->all[out->count++] = &config->issuers[i];
    }
    if (config->more_issuer_count > AGENTOS_ISSUERS_MAX - out->count)
        return fail(err, AGENTOS_INVALID, "authorization.issuers: more than %d",
                    AGENTOS_ISSUERS_MAX);
    if (config->more_issuers == NULL && config->more_issuer_count > 0)
        return fail(err, AGENTOS_INVALID, "authorization.issuers: more_issuers is NULL");
    for (size_t i = 0; i < config->more_issuer_count; i++)
        out->all[out->count++] = &config->more_issuers[i];
    return AGENTOS_OK;
}

static agentos_status check_agents(const agentos *os, arena *a, agentos_error *err)
{
    ensure(os->agent_count <= AGENTOS_AGENTS_MAX);
    for (size_t i = 0; i < os->agent_count; i++) {
        const agentos_agent *agent = os->agents[i];

        TRY(embed_check(&embed_agent, arena_printf(a, "agents[%zu]", i), &agent->options, err));
        TRY(embed_check(&embed_model, arena_printf(a, "agents[%zu].model", i),
                        &agent->options.model->options, err));
    }
    return AGENTOS_OK;
}

static agentos_status check_options(const agentos *os, const agentos_options *options,
                                    const struct issuer_list *issuers, agentos_error *err)
{
    ensure(issuers->count <= AGENTOS_ISSUERS_MAX);
    if (options->loops > AGENTOS_LOOPS_MAX)
        return fail(err, AGENTOS_INVALID, "loops: more than %d", AGENTOS_LOOPS_MAX);
    TRY(check_agents(os, os->arena, err));
    TRY(embed_check(&embed_root, "", options, err));
    TRY(embed_check(&embed_authorization, "authorization", &options->authorization_config, err));
    for (size_t i = 0; i < issuers->count; i++)
        TRY(embed_check(&embed_issuer, arena_printf(os->arena, "authorization.issuers[%zu]", i),
                        issuers->all[i], err));
    return AGENTOS_OK;
}

/* Sets the functions of callback models, in the places that write_model kept for them. */
static void put_callbacks(agentos *os)
{
    ensure(os->options.agent_count == os->agent_count);
    for (size_t i = 0; i < os->agent_count; i++) {
        const agentos_model *model = os->agents[i]->options.model;

        if (model->callback != NULL)
            os->options.agents[i].model = (struct model_options){
                .provider = "callback",
                .id = model->options.id,
                .callback = model->callback,
                .callback_user = model->callback_user,
            };
    }
}

/* Options to text to checked options. */
static agentos_status configure(agentos *os, const agentos_options *options, agentos_error *err)
{
    ensure(os->flags.text == NULL);
    AUTO_BUF text = buf_with_limit(CONFIG_MAX_BYTES);
    struct issuer_list issuers = { .count = 0 };

    TRY(list_issuers(&options->authorization_config, &issuers, err));
    TRY(check_options(os, options, &issuers, err));
    write_options(os, options, &issuers, &(writer){ .out = &text });
    if (!buf_ok(&text))
        return fail(err, AGENTOS_INVALID, "the options are larger than %d bytes", CONFIG_MAX_BYTES);
    if (!str_is_utf8(buf_view(&text)))
        return fail(err, AGENTOS_INVALID, "an option is not UTF-8");
    os->flags.text = arena_copy(os->arena, buf_view(&text));
    os->flags.loops = options->loops;
    os->flags.open = options->open;
    TRY(load_options(os, err));
    put_callbacks(os);
    return AGENTOS_OK;
}

/* Also where an earlier call failed the agents are taken, since they are to be freed. */
static agentos_status take_options(agentos *os, const agentos_options *options, agentos_error *err)
{
    ensure(os->options.file == NULL);
    if (options == NULL)
        return has_failed(err) ? err->status
                               : fail(err, AGENTOS_INVALID, "an AgentOS needs options");
    const char *fault = take_agents(os, options->agents);

    if (has_failed(err))
        return err->status;
    if (fault != NULL)
        return fail(err, AGENTOS_INVALID, "agents: %s", fault);
    return configure(os, options, err);
}

agentos *agentos_new(const agentos_options *options, agentos_error *err)
{
    agentos *os = os_new();

    if (take_options(os, options, err) == AGENTOS_OK)
        return os;
    agentos_free(os);
    return NULL;
}

agentos *agentos_from_file(const char *path, agentos_error *err)
{
    agentos *os = os_new();

    os->flags.config = arena_copy_text(os->arena, path);
    if (!has_failed(err) && load_options(os, err) == AGENTOS_OK)
        return os;
    agentos_free(os);
    return NULL;
}

/* On the serving thread, once the server listens. */
static void on_listening(void *user, const char *host, uint16_t port)
{
    ensure(host != NULL && port > 0);
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
    os->options.on_ready = on_listening;
    os->options.on_ready_user = os;
    agentos_status status = serve(&os->options, os->flags.config != NULL ? &os->flags : NULL, err);
    atomic_store(&os->is_listening, false);
    return status;
}

void agentos_on_ready(agentos *os, void (*ready)(void *user, const char *host, uint16_t port),
                      void *user)
{
    if (os == NULL)
        return;
    os->on_ready = ready;
    os->on_ready_user = user;
}

/* By the signal that ends any server; sent once, because the second one would not wait for runs. */
void agentos_stop(agentos *os)
{
    if (os != NULL && atomic_exchange(&os->is_listening, false))
        (void)kill(getpid(), SIGTERM); /* to our own process, which cannot fail */
}

void agentos_free(agentos *os)
{
    if (os == NULL)
        return;
    for (size_t i = 0; i < os->agent_count; i++)
        agentos_agent_free(os->agents[i]);
    arena_free(os->arena);
}

/* Implements the public C API: writes the options as configuration text for the loader. */
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "agentos/agentos.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "config/faults.h"
#include "embed/embed_object.h"
#include "embed/embed_settings.h"
#include "os/options.h"
#include "os/serve.h"

struct agentos {
    arena *arena; /* owns this object and the texts of the options */
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

/* The issuers of the fixed array, followed by the additional ones. */
struct issuer_list {
    const agentos_issuer *all[AGENTOS_ISSUERS_MAX];
    size_t count;
};

/* ---- the configuration text ---- */

/* Writes the model. An offline model takes the place of a callback until set_callbacks. */
static void write_model(const agentos_model *model, writer *w)
{
    ensure(model->provider != NULL);
    write_object(w);
    if (model->callback != NULL) {
        write_member(w, "provider", "offline");
    } else {
        write_member(w, "provider", model->provider);
        embed_write(&embed_model, &model->options, w);
    }
    write_end(w);
}

/* Writes the agent and its model. */
static void write_agent(const agentos_agent *agent, writer *w)
{
    ensure(agent->options.model != NULL);
    write_object(w);
    embed_write(&embed_agent, &agent->options, w);
    write_key(w, "model");
    write_model(agent->options.model, w);
    write_end(w);
}

/* Writes the list of issuers, unless it is empty. */
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

/* Writes the authorization options and the issuers. */
static void write_authorization(const agentos_options *options, const struct issuer_list *issuers,
                                writer *w)
{
    write_object(w);
    if (options->authorization)
        write_member_bool(w, "enabled", true);
    embed_write(&embed_authorization, &options->authorization_config, w);
    write_issuers(issuers, w);
    write_end(w);
}

/* Writes all options as one JSON object, which is also valid YAML. */
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
    write_authorization(options, issuers, w);
    write_end(w);
}

/* ---- the object ---- */

/* Loads the configuration into os->options. Logs warnings and returns the first error. */
static agentos_status load_options(agentos *os, agentos_error *err)
{
    ensure(os->options.host == NULL);
    struct config_faults faults;

    if (options_check(&os->flags, os->arena, &os->options, &faults, err) != AGENTOS_OK)
        return faults_first(&faults, err);
    faults_log(&faults); /* warnings */
    return AGENTOS_OK;
}

/* Returns an empty AgentOS, to be freed with agentos_free. */
static agentos *os_new(void)
{
    arena *a = arena_new();
    agentos *os = arena_alloc(a, sizeof(*os));

    os->arena = a;
    os->flags.port = -1;
    return os;
}

/* Makes os the owner of the agent. Returns false if the agent already has an owner. */
static bool take_agent(agentos *os, agentos_agent *agent)
{
    if (agent->is_owned)
        return false;
    ensure(os->agent_count < AGENTOS_AGENTS_MAX);
    agent->is_owned = true;
    os->agents[os->agent_count] = agent;
    os->agent_count++;
    return true;
}

/* Makes os the owner of the listed agents, valid or not. Returns an error message or NULL. */
static const char *take_agents(agentos *os, agentos_agent *const *agents)
{
    ensure(os->agent_count == 0);
    const char *error = NULL;
    bool has_ended = false;

    for (size_t i = 0; i < AGENTOS_AGENTS_MAX; i++) {
        if (agents[i] == NULL) {
            has_ended = true;
            continue;
        }
        if (has_ended)
            error = "an entry follows NULL";
        if (!take_agent(os, agents[i]))
            error = "an agent is listed twice or belongs to another AgentOS";
    }
    return error;
}

/* Lists the issuers of the fixed array, even without a name: the loader must reject those. */
static agentos_status list_fixed_issuers(const agentos_authorization_config *config,
                                         struct issuer_list *out, agentos_error *err)
{
    ensure(out->count == 0);
    bool has_ended = false;

    for (size_t i = 0; i < AGENTOS_LIST_MAX; i++) {
        const agentos_issuer *issuer = &config->issuers[i];

        if (!embed_is_set(&embed_issuer, issuer)) {
            has_ended = true;
            continue;
        }
        if (has_ended)
            return fail(err, AGENTOS_INVALID,
                        "authorization.issuers: an entry follows an empty one");
        ensure(out->count < AGENTOS_ISSUERS_MAX);
        out->all[out->count++] = issuer;
    }
    return AGENTOS_OK;
}

/* Lists the issuers of the fixed array and of more_issuers, borrowed from config. */
static agentos_status list_issuers(const agentos_authorization_config *config,
                                   struct issuer_list *out, agentos_error *err)
{
    _Static_assert((int)AGENTOS_LIST_MAX <= (int)AGENTOS_ISSUERS_MAX, "the fixed array fits");

    TRY(list_fixed_issuers(config, out, err));
    if (config->more_issuer_count > AGENTOS_ISSUERS_MAX - out->count)
        return fail(err, AGENTOS_INVALID, "authorization.issuers: more than %d",
                    AGENTOS_ISSUERS_MAX);
    if (config->more_issuers == NULL && config->more_issuer_count > 0)
        return fail(err, AGENTOS_INVALID, "authorization.issuers: more_issuers is NULL");
    for (size_t i = 0; i < config->more_issuer_count; i++)
        out->all[out->count++] = &config->more_issuers[i];
    ensure(out->count <= AGENTOS_ISSUERS_MAX);
    return AGENTOS_OK;
}

/* Checks the options of each agent and its model. */
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

/* Checks for everything that configuration text cannot express, such as gaps in lists. */
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

/* Replaces the offline models of write_model with the callback models. */
static void set_callbacks(agentos *os)
{
    ensure(os->options.agent_count == os->agent_count);
    for (size_t i = 0; i < os->agent_count; i++) {
        const agentos_model *model = os->agents[i]->options.model;

        if (model->callback == NULL)
            continue;
        os->options.agents[i].model = (struct model_options){
            .provider = "callback",
            .id = model->options.id,
            .callback = model->callback,
            .callback_user = model->callback_user,
        };
    }
}

/* Writes the options as text, loads it into os->options, and sets the callbacks. */
static agentos_status configure(agentos *os, const agentos_options *options, agentos_error *err)
{
    ensure(os->flags.text == NULL);
    AUTO_BUF text = buf_with_limit(CONFIG_MAX_BYTES);
    struct issuer_list issuers = { .count = 0 };
    writer w = { .out = &text };

    TRY(list_issuers(&options->authorization_config, &issuers, err));
    TRY(check_options(os, options, &issuers, err));
    write_options(os, options, &issuers, &w);
    if (!buf_ok(&text))
        return fail(err, AGENTOS_INVALID, "the options are larger than %d bytes", CONFIG_MAX_BYTES);
    if (!str_is_utf8(buf_view(&text)))
        return fail(err, AGENTOS_INVALID, "an option is not UTF-8");
    os->flags.text = arena_copy(os->arena, buf_view(&text));
    os->flags.loops = options->loops;
    os->flags.open = options->open;
    TRY(load_options(os, err));
    set_callbacks(os);
    return AGENTOS_OK;
}

/* Takes the agents, even if an earlier call failed, and configures os. */
static agentos_status take_options(agentos *os, const agentos_options *options, agentos_error *err)
{
    ensure(os->options.file == NULL);
    const char *agents_error = options != NULL ? take_agents(os, options->agents) : NULL;

    if (earlier_call_failed(err))
        return err->status;
    if (options == NULL)
        return fail(err, AGENTOS_INVALID, "options must not be NULL");
    if (agents_error != NULL)
        return fail(err, AGENTOS_INVALID, "agents: %s", agents_error);
    return configure(os, options, err);
}

/* Creates an AgentOS that owns its agents. Frees them and returns NULL on failure. */
agentos *agentos_new(const agentos_options *options, agentos_error *err)
{
    agentos *os = os_new();

    if (take_options(os, options, err) == AGENTOS_OK)
        return os;
    agentos_free(os);
    return NULL;
}

/* Creates an AgentOS from a configuration file, by default agentos.yaml if it exists. */
agentos *agentos_from_file(const char *path, agentos_error *err)
{
    if (earlier_call_failed(err))
        return NULL;
    agentos *os = os_new();
    os->flags.config = arena_copy_text(os->arena, path);
    if (load_options(os, err) == AGENTOS_OK)
        return os;
    agentos_free(os);
    return NULL;
}

/* Passes the address to the program. Runs on the thread of agentos_serve. */
static void on_listening(void *user, const char *host, uint16_t port)
{
    ensure(host != NULL && port > 0);
    agentos *os = user;

    atomic_store(&os->is_listening, true);
    if (os->on_ready != NULL)
        os->on_ready(os->on_ready_user, host, port);
}

/* Serves until SIGTERM, SIGINT or agentos_stop. SIGHUP reloads a configuration file. */
agentos_status agentos_serve(agentos *os, agentos_error *err)
{
    if (os == NULL && earlier_call_failed(err))
        return err->status;
    if (os == NULL)
        return fail(err, AGENTOS_INVALID, "os must not be NULL");
    bool is_from_file = os->flags.config != NULL;
    os->options.on_ready = on_listening;
    os->options.on_ready_user = os;
    agentos_status status = serve(&os->options, is_from_file ? &os->flags : NULL, err);
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

/* Sends SIGTERM once. A second signal would end the server without waiting for its runs. */
void agentos_stop(agentos *os)
{
    if (os != NULL && atomic_exchange(&os->is_listening, false))
        (void)kill(getpid(), SIGTERM); /* cannot fail for this process */
}

void agentos_free(agentos *os)
{
    if (os == NULL)
        return;
    for (size_t i = 0; i < os->agent_count; i++)
        agentos_agent_free(os->agents[i]);
    arena_free(os->arena);
}

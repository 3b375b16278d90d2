/* Reads the models and agents of the configuration file. */
#include "base/ensure.h"
#include "base/mem.h"
#include "config/checks.h"
#include "config/nearest.h"
#include "os/option_checks.h"
#include "os/options_reading.h"

static const char openai_key[] = "OPENAI_API_KEY", openai_url[] = "OPENAI_BASE_URL";

/* ---- models ---- */

static bool is_provider(const struct model_options *model, const char *name)
{
    ensure(name != NULL);
    return model->provider != NULL && strcmp(model->provider, name) == 0;
}

/* Takes the provider's URL from the environment and checks it. */
static void take_base_url(struct config_reading *r, struct model_options *model)
{
    ensure(model->base_url == NULL);
    model->base_url = env_get(&r->env, openai_url);
    if (model->base_url == NULL)
        return;
    const char *complaint = check_url(str_of(model->base_url));
    if (complaint != NULL)
        fault_of_variable(r, openai_url, complaint);
}

/* Takes the provider's key from the environment and rejects placeholders. */
static void take_api_key(struct config_reading *r, struct model_options *model)
{
    ensure(model->api_key == NULL);
    model->api_key = env_get(&r->env, openai_key);
    const char *complaint = model->api_key != NULL ? check_secret(str_of(model->api_key)) : NULL;
    if (complaint != NULL)
        fault_of_variable(r, openai_key, complaint);
}

/* Completes an OpenAI model from the environment. A base_url of the file never gets its key.
 */
static void add_environment(struct config_reading *r, struct place at, struct model_options *model)
{
    ensure(at.node != NULL && model != NULL);
    bool has_url_variable = is_provider(model, "openai");
    bool has_key_variable = has_url_variable || is_provider(model, "openai-chat");

    if (!has_key_variable || model->base_url != NULL)
        return;
    if (model->api_key == NULL)
        take_api_key(r, model);
    if (has_url_variable)
        take_base_url(r, model);
    if (model->base_url == NULL && model->api_key == NULL)
        warn_at(r, at,
                "neither api_key nor OPENAI_API_KEY is set; the provider will reject requests");
}

/* Warns of a provider URL without a path, which OpenAI-compatible APIs have. */
static void check_base_url(struct config_reading *r, struct place at,
                           const struct model_options *model)
{
    const struct yaml_node *node = yaml_get(at.node, "base_url");

    if (model->base_url == NULL || node == NULL)
        return;
    str rest = str_of(model->base_url);
    (void)str_split(&rest, '/'); /* "https:" */
    (void)str_split(&rest, '/'); /* "" */
    (void)str_split(&rest, '/'); /* the host */
    if (rest.len == 0)
        warn_at(r, place_member(r, at, node),
                "has no path; OpenAI-compatible servers are under /v1");
}

/* Reads a model written as a map. Stops at the first faulty map, to avoid follow-up faults. */
static void read_model_map(struct config_reading *r, const struct option_section *section,
                           struct place at, struct model_options *model)
{
    ensure(section != NULL && model != NULL);
    if (!section_read(r, section, at, model))
        return;
    if (model->provider == NULL)
        fault_at(r, at, "needs a provider: openai, openai-chat or offline");
    if (model->id == NULL && is_provider(model, "offline"))
        model->id = "echo";
    check_base_url(r, at, model);
    add_environment(r, at, model);
}

/* Reads one entry of `models`. The last of duplicate keys is used; the parser has reported them. */
static void read_named_model(struct config_reading *r, const struct option_section *section,
                             struct place at, struct named_model *named)
{
    ensure(section != NULL && named->name == NULL);
    str name = at.node->key;

    named->name = arena_copy(r->a, name);
    (void)map_put(&draft_of(r)->models, name, named);
    section_defaults(r, section, &named->options);
    if (name.len == 0 || str_has(name, ':'))
        fault_at(r, at, "a model's name must not be empty or contain a colon");
    read_model_map(r, section, at, &named->options);
}

/* Reads `models` into the options. */
void read_models(struct config_reading *r, const struct option_row *row, struct place at,
                 void *target)
{
    ensure(row->section == &option_model && target == draft_of(r)->options);
    struct options *options = target;

    if (at.node->kind != YAML_MAP || at.node->count > MODELS_MAX) {
        fault_at(r, at, "must be a map of at most %d models by name", MODELS_MAX);
        return;
    }
    options->models = arena_array(r->a, at.node->count, sizeof(options->models[0]));
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next) {
        struct named_model *named = &options->models[options->model_count];

        options->model_count++;
        read_named_model(r, row->section, place_member(r, at, child), named);
    }
    ensure(options->model_count == at.node->count);
}

static const char *const providers[] = { "openai", "openai-chat", "offline" };

/* Returns the static name of the provider, or NULL if it is unknown. */
static const char *find_provider(str name)
{
    for (size_t i = 0; i < COUNT(providers); i++)
        if (str_equal(name, str_of(providers[i])))
            return providers[i];
    return NULL;
}

/* Returns what to write for a model of another provider. */
static const char *provider_advice(str name)
{
    if (str_equal_nocase(name, STR("ollama")))
        return "Ollama: a models: entry with provider: openai-chat, base_url: "
               "http://127.0.0.1:11434/v1";
    return "any server with Chat Completions: a models: entry with provider: openai-chat and its "
           "base_url";
}

/* Adds a fault for an unknown model name and suggests the most similar one. */
static void reject_model_name(struct config_reading *r, struct place at, str name)
{
    ensure(find_provider(name) == NULL && map_get(&draft_of(r)->models, name) == NULL);
    const struct options *options = draft_of(r)->options;
    const char *names[COUNT(providers) + MODELS_MAX];
    size_t count = 0;

    ensure(options->model_count <= MODELS_MAX);
    for (size_t i = 0; i < COUNT(providers); i++)
        names[count++] = providers[i];
    for (size_t i = 0; i < options->model_count; i++)
        names[count++] = options->models[i].name;
    const char *nearest = nearest_name(name, names, count);
    if (nearest != NULL)
        fault_at(r, at, "unknown provider or model " QUOTED "; did you mean '%s'?", QUOTE(name),
                 nearest);
    else
        fault_at(r, at,
                 "unknown provider or model " QUOTED
                 "; providers: openai, openai-chat, offline; %s",
                 QUOTE(name), provider_advice(name));
}

/* Reads a model of the named provider, with the defaults of the section. */
static void read_provider_model(struct config_reading *r, const struct option_section *section,
                                struct place at, str provider, struct model_options *model)
{
    ensure(model != NULL);
    section_defaults(r, section, model);
    model->provider = find_provider(provider);
    if (model->provider == NULL)
        reject_model_name(r, at, provider);
    else
        add_environment(r, at, model);
}

/* Reads a model written as text, such as "openai:gpt-5.2", "local" or "local:llama3". */
static void read_model_name(struct config_reading *r, const struct option_section *section,
                            struct place at, struct model_options *model)
{
    ensure(section != NULL && model != NULL);
    const char *text = text_resolve(r, at);

    if (text == NULL)
        return; /* absent or faulty */
    str id = str_of(text);
    str name = str_split(&id, ':'); /* `id` keeps what follows the colon */
    const struct named_model *named = map_get(&draft_of(r)->models, name);
    if (named != NULL)
        *model = named->options;
    else
        read_provider_model(r, section, at, name, model);
    if (id.len > 0)
        model->id = arena_copy(r->a, id);
}

/* Returns true for text, {env: NAME} and {file: PATH}; other maps describe a model. */
static bool is_text_form(const struct yaml_node *node)
{
    ensure(node != NULL);
    return node->kind != YAML_MAP || yaml_get(node, "env") != NULL ||
           yaml_get(node, "file") != NULL;
}

/* Reads the model of an agent, a text or a map. */
void read_model(struct config_reading *r, const struct option_row *row, struct place at,
                void *target)
{
    ensure(row->section == &option_model && target != NULL);
    struct agent_options *agent = target;
    struct model_options *model = &agent->model;
    size_t errors_before = r->faults.errors;

    if (is_text_form(at.node)) {
        read_model_name(r, row->section, at, model);
    } else {
        section_defaults(r, row->section, model);
        read_model_map(r, row->section, at, model);
    }
    if (r->faults.errors > errors_before)
        return; /* a missing id would be a follow-up fault */
    if (model->provider != NULL && model->id == NULL)
        fault_at(r, at, "needs a model id: NAME_OR_PROVIDER:MODEL_ID, such as openai:gpt-5.2");
}

/* ---- agents ---- */

/* Derives an id from a name: lower case, with '-' for spaces and underscores. */
const char *slug_of(struct config_reading *r, const char *name)
{
    ensure(name != NULL);
    char *slug = arena_copy(r->a, str_of(name));

    for (char *c = slug; *c != '\0'; c++)
        *c = *c == ' ' || *c == '_' ? '-' : char_lower(*c);
    return slug;
}

/* Adds the agent's id to `ids`, or a fault if it is taken. */
static void register_id(struct config_reading *r, struct place at, struct agent_options *agent,
                        struct map *ids)
{
    ensure(agent->id != NULL && ids != NULL);
    struct place id_place = agent->id_place.node != NULL ? agent->id_place : at;

    if (map_put(ids, str_of(agent->id), agent) != NULL)
        fault_at(r, id_place, "duplicate agent id '%s'", agent->id);
}

/* Checks the agent's id, derived from its name if the file gives none, and adds it to `ids`. */
static void finish_id(struct config_reading *r, struct place at, struct agent_options *agent,
                      struct map *ids)
{
    ensure(at.node != NULL && ids != NULL);
    if (agent->id == NULL && agent->name == NULL) {
        fault_at(r, at, "needs an id or a name");
        return;
    }
    if (agent->id == NULL)
        agent->id = slug_of(r, agent->name);
    const char *complaint = check_agent_id(str_of(agent->id));
    if (complaint != NULL)
        fault_at(r, at, "cannot derive an id from the name; an id %s", complaint);
    else
        register_id(r, at, agent, ids);
}

/* Reads one agent. Checks its id and model only if its map has no fault. */
static void read_agent(struct config_reading *r, const struct option_section *section,
                       struct place at, struct agent_options *agent, struct map *ids)
{
    ensure(section == &option_agent && agent->id == NULL);
    section_defaults(r, section, agent);
    if (!section_read(r, section, at, agent))
        return;
    finish_id(r, at, agent, ids);
    if (agent->model.provider == NULL)
        fault_at(r, at, "needs a model, such as openai:gpt-5.2 or offline:echo");
}

static void allocate_agents(struct config_reading *r, struct options *options, size_t count)
{
    ensure(options->agents == NULL && count <= AGENTS_MAX);
    options->agents = arena_array(r->a, count, sizeof(options->agents[0]));
    options->agent_count = count;
}

/* Reads `agents` into the options. Ids must be unique. */
void read_agents(struct config_reading *r, const struct option_row *row, struct place at,
                 void *target)
{
    ensure(row->section == &option_agent && target == draft_of(r)->options);
    struct options *options = target;
    struct map ids = { 0 };
    size_t index = 0;

    if (at.node->kind != YAML_LIST || at.node->count > AGENTS_MAX) {
        fault_at(r, at, "must be a list of at most %d agents, each as in `- id: my-agent`",
                 AGENTS_MAX);
        return;
    }
    allocate_agents(r, options, at.node->count);
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next) {
        struct place place = place_item(r, at, child, index);

        read_agent(r, row->section, place, &options->agents[index], &ids);
        index++;
    }
    ensure(index == options->agent_count);
    map_clear(&ids);
}

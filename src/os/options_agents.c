/* Reads the models and agents of the configuration file: resolves the names of models, derives and
 * checks the ids of agents, and takes the keys of providers from the environment. */
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

/* Adds the environment's key and address to a model of the provider. OPENAI_API_KEY is never sent
 * to an address that the file names. */
static void add_environment(struct config_reading *r, struct place at, struct model_options *model)
{
    ensure(model != NULL);
    bool is_openai = is_provider(model, "openai");

    if (model->base_url != NULL || (!is_openai && !is_provider(model, "openai-chat")))
        return;
    if (model->api_key == NULL)
        model->api_key = env_get(&r->env, openai_key);
    if (is_openai)
        model->base_url = env_get(&r->env, openai_url);
    if (model->base_url != NULL && check_url(str_of(model->base_url)) != NULL)
        fault_of_variable(r, openai_url, check_url(str_of(model->base_url)));
    if (model->base_url == NULL && model->api_key == NULL)
        warn_at(r, at,
                "OPENAI_API_KEY is not set, and there is no api_key: the provider will refuse");
}

/* A model as a map; what its provider needs is added if there are no faults. */
static void read_model_map(struct config_reading *r, const struct option_section *section,
                           struct place at, struct model_options *model)
{
    ensure(section != NULL && model != NULL);
    size_t errors = r->faults.errors;

    section_read(r, section, at, model);
    if (r->faults.errors > errors)
        return;
    if (model->provider == NULL)
        fault_at(r, at, "needs a provider: openai, openai-chat or offline");
    if (model->id == NULL && is_provider(model, "offline"))
        model->id = "echo";
    add_environment(r, at, model);
}

void read_models(struct config_reading *r, const struct option_row *row, struct place at,
                 void *target)
{
    ensure(row->section != NULL && draft_of(r)->options == target);
    struct options *options = target;

    if (at.node->kind != YAML_MAP || at.node->count > MODELS_MAX) {
        fault_at(r, at, "must be a map of at most %d models by name", MODELS_MAX);
        return;
    }
    options->models = arena_alloc(r->a, (at.node->count + 1) * sizeof(options->models[0]));
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next) {
        struct named_model *named = &options->models[options->model_count++];
        struct place here = place_member(r, at, child);

        named->name = arena_copy(r->a, child->key);
        (void)map_put(&draft_of(r)->models, child->key, named); /* a duplicate has been reported */
        section_defaults(r, row->section, &named->options);
        if (child->key.len == 0 || str_has(child->key, ':'))
            fault_at(r, here, "a model's name must not be empty or hold a colon");
        read_model_map(r, row->section, here, &named->options);
    }
}

/* No provider and no model of the file has this name: a fault that offers the nearest. */
static void refuse_model(struct config_reading *r, struct place at, str name)
{
    ensure(map_get(&draft_of(r)->models, name) == NULL);
    const char *names[MODELS_MAX + 3] = { "openai", "openai-chat", "offline" };
    size_t count = 3;

    ensure(draft_of(r)->options->model_count <= MODELS_MAX);
    for (size_t i = 0; i < draft_of(r)->options->model_count; i++)
        names[count++] = draft_of(r)->options->models[i].name;
    const char *nearest = nearest_name(name, names, count);
    if (nearest != NULL)
        fault_at(r, at,
                 "no provider and no model in `models` is named " QUOTED "; did you mean '%s'?",
                 QUOTE(name), nearest);
    else
        fault_at(r, at,
                 "no provider and no model in `models` is named " QUOTED
                 "; write NAME_OR_PROVIDER:MODEL_ID, such as openai:gpt-5.2",
                 QUOTE(name));
}

/* The provider's name from here; NULL: there is no such provider. */
static const char *find_provider(str name)
{
    static const char *const providers[] = { "openai", "openai-chat", "offline" };

    for (size_t i = 0; i < COUNT(providers); i++)
        if (str_equal(name, str_of(providers[i])))
            return providers[i];
    return NULL;
}

/* "openai:gpt-5.2" is a provider's model, "local" a model of the file, "local:llama3" that one with
 * another id. */
static void read_model_name(struct config_reading *r, const struct option_section *section,
                            struct place at, struct model_options *model)
{
    ensure(section != NULL && model != NULL);
    const char *text = text_resolve(r, at);
    str id = str_of(text), name = str_split(&id, ':');
    const struct named_model *named = map_get(&draft_of(r)->models, name);

    if (text == NULL)
        return;
    if (named != NULL) {
        *model = named->options;
    } else {
        section_defaults(r, section, model);
        model->provider = find_provider(name);
    }
    if (id.len > 0)
        model->id = arena_copy(r->a, id);
    if (model->provider == NULL && named == NULL)
        refuse_model(r, at, name);
    else if (named == NULL)
        add_environment(r, at, model);
}

/* Is it a text, as {env: NAME} and {file: PATH} are too? Every other map is a model. */
static bool is_text_form(const struct yaml_node *node)
{
    ensure(node != NULL);
    return node->kind != YAML_MAP || yaml_get(node, "env") != NULL ||
           yaml_get(node, "file") != NULL;
}

void read_model(struct config_reading *r, const struct option_row *row, struct place at,
                void *target)
{
    ensure(row->section != NULL);
    struct model_options *model = &((struct agent_options *)target)->model;
    size_t errors = r->faults.errors;

    if (is_text_form(at.node)) {
        read_model_name(r, row->section, at, model);
    } else {
        section_defaults(r, row->section, model);
        read_model_map(r, row->section, at, model);
    }
    if (r->faults.errors == errors && model->provider != NULL && model->id == NULL)
        fault_at(r, at,
                 "needs the id of a model: NAME_OR_PROVIDER:MODEL_ID, such as openai:gpt-5.2");
}

/* ---- agents ---- */

const char *slug_of(struct config_reading *r, const char *name)
{
    ensure(name != NULL);
    char *slug = arena_copy(r->a, str_of(name));

    for (char *c = slug; *c != '\0'; c++)
        *c = *c == ' ' || *c == '_' ? '-' : char_lower(*c);
    return slug;
}

/* The agent gets the id that the file gives, else one made of its name; of two that are equal the
 * second is a fault. */
static void finish_id(struct config_reading *r, struct place at, struct agent_options *agent,
                      struct map *ids)
{
    ensure(ids != NULL);
    if (agent->id == NULL && agent->name == NULL) {
        fault_at(r, at, "needs an id or a name");
        return;
    }
    if (agent->id == NULL)
        agent->id = slug_of(r, agent->name);
    if (check_agent_id(str_of(agent->id)) != NULL)
        fault_at(r, at, "no id can be made of the name; an id %s",
                 check_agent_id(str_of(agent->id)));
    else if (map_put(ids, str_of(agent->id), agent) != NULL)
        fault_at(r, agent->id_place.node != NULL ? agent->id_place : at,
                 "another agent has the id '%s'", agent->id);
}

static void read_agent(struct config_reading *r, const struct option_section *section,
                       struct place at, struct agent_options *agent, struct map *ids)
{
    ensure(section != NULL);
    size_t errors = r->faults.errors;

    section_defaults(r, section, agent);
    section_read(r, section, at, agent);
    if (r->faults.errors > errors)
        return;
    finish_id(r, at, agent, ids);
    if (agent->model.provider == NULL)
        fault_at(r, at, "needs a model, such as openai:gpt-5.2 or offline:echo");
}

void read_agents(struct config_reading *r, const struct option_row *row, struct place at,
                 void *target)
{
    ensure(row->section != NULL && draft_of(r)->options == target);
    struct options *options = target;
    struct map ids = { 0 };

    if (at.node->kind != YAML_LIST || at.node->count > AGENTS_MAX) {
        fault_at(r, at, "must be a list of at most %d agents", AGENTS_MAX);
        return;
    }
    options->agents = arena_alloc(r->a, (at.node->count + 1) * sizeof(options->agents[0]));
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next) {
        size_t index = options->agent_count++;

        read_agent(r, row->section, place_item(r, at, child, index), &options->agents[index], &ids);
    }
    map_clear(&ids);
}

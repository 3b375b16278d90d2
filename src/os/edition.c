/* Builds an edition: the configuration in the form that request handlers use, with its models,
 * agents, keys and policy. An edition never changes, and it is freed with the last call or run that
 * uses it. */
#include "os/edition.h"

#include "api/routes.h"
#include "base/ensure.h"
#include "base/mem.h"
#include "os/exposure.h"
#include "web/policy.h"

struct edition {
    struct catalogue catalogue;
    arena *arena, *own;
    struct model **models; /* as many as agents */
    struct agent *agents;
    size_t agent_count;
    struct policy policy;
};

static void edition_free(struct surface *surface)
{
    ensure(surface != NULL);
    struct edition *edition = LIST_OWNER(surface, struct edition, catalogue.surface);

    authority_free(surface->authority);
    for (size_t i = 0; i < edition->agent_count; i++)
        model_free(edition->models[i]);
    arena_free(edition->own);
    arena_free(edition->arena);
    free(edition);
}

/* The agent at i with its model, and whether its prompt fits. */
static agentos_status make_agent(struct edition *edition, const struct agent_options *options,
                                 size_t i, agentos_error *err)
{
    ensure(i == edition->agent_count);
    TRY(model_new(&options->model, &edition->models[i], err));
    edition->agent_count = i + 1;
    edition->agents[i] = (struct agent){ .id = options->id,
                                         .name = options->name,
                                         .description = options->description,
                                         .role = options->role,
                                         .instructions = options->instructions,
                                         .model = edition->models[i],
                                         .add_history_to_context = options->add_history_to_context,
                                         .num_history_runs = options->num_history_runs,
                                         .db_id = "main-db" };
    return agent_check(&edition->agents[i], err);
}

static agentos_status make_agents(struct edition *edition, const struct options *options,
                                  agentos_error *err)
{
    ensure(edition->agent_count == 0);
    size_t room = options->agent_count + 1;

    edition->models = arena_alloc(edition->arena, room * sizeof(struct model *));
    edition->agents = arena_alloc(edition->arena, room * sizeof(*edition->agents));
    for (size_t i = 0; i < options->agent_count; i++)
        TRY(make_agent(edition, &options->agents[i], i, err));
    return AGENTOS_OK;
}

static void warn_of_lasting_token(const char *key_name)
{
    LOG(LOG_WARNING, "a token without exp was accepted: it is good until its key is replaced",
        log_text("key", key_name));
}

static agentos_status make_authority(struct edition *edition, const struct edition_options *from,
                                     agentos_error *err)
{
    ensure(edition->catalogue.id != NULL);
    struct authority_options authorization = from->options->authorization;

    authorization.key_pool = from->keys;
    authorization.accounts = from->accounts;
    authorization.os_id = edition->catalogue.id;
    authorization.on_no_expiry = warn_of_lasting_token;
    TRY(authority_new(&authorization, &edition->catalogue.surface.authority, err));
    return exposure_check(from->exposed_host, edition->catalogue.surface.authority, err);
}

/* Lists the routes that need no credential, at every start and reload. */
static void log_policy(const struct surface *surface)
{
    ensure(surface->policy != NULL && surface->rows != NULL);
    AUTO_BUF open = buf_with_limit(16 * KiB);

    for (size_t i = 0; i < surface->count; i++) {
        const struct route *row = &surface->rows[i];

        if (policy_access(surface->policy, row)->kind == ACCESS_PUBLIC)
            buf_printf(&open, "%s%s %s", open.len > 0 ? ", " : "", method_name(row->method),
                       row->pattern);
    }
    LOG(LOG_INFO, "open to everybody", log_str("routes", buf_view(&open)));
}

static agentos_status make_policy(struct edition *edition, const struct options *options,
                                  agentos_error *err)
{
    ensure(edition->catalogue.surface.authority != NULL);
    struct surface *surface = &edition->catalogue.surface;

    TRY(policy_make(surface, &options->policy, edition->arena, &edition->policy, err));
    surface->policy = &edition->policy;
    if (authority_mode(surface->authority) == AUTH_NONE)
        LOG(LOG_WARNING, "no authentication: everybody may do everything");
    else
        log_policy(surface);
    return AGENTOS_OK;
}

/* What handlers show and go by, rendered once. */
static void fill_catalogue(struct edition *edition, const struct options *options)
{
    ensure(edition->catalogue.surface.policy != NULL && options->body_limit_bytes > 0);
    struct catalogue *c = &edition->catalogue;

    struct surface *surface = &c->surface;

    c->name = options->name;
    surface->title = c->name != NULL ? c->name : "AgentOS";
    surface->description = options->description;
    surface->version = options->version != NULL ? options->version : "1.0.0";
    c->db_id = "main-db";
    c->agents = edition->agents;
    c->agent_count = edition->agent_count;
    surface->cors = (struct cors){ options->cors_origins, options->cors_origin_count };
    surface->body_limit_bytes = options->body_limit_bytes;
    surface->caller_quota = (struct quota_amount){ .runs = (size_t)options->runs_per_caller,
                                                   .bytes = options->held_bytes_per_caller };
    if (surface->caller_quota.bytes < surface->body_limit_bytes)
        surface->caller_quota.bytes = surface->body_limit_bytes; /* one body must have room */
    surface->allowed_hosts = options->allowed_hosts;
    surface->allowed_host_count = options->allowed_host_count;
    catalogue_render(c, edition->arena);
}

agentos_status edition_new(const struct edition_options *from, struct surface **out,
                           agentos_error *err)
{
    ensure(from->options != NULL && from->os_id != NULL && out != NULL);
    struct edition *edition = mem_zeroed(sizeof(*edition));
    edition->arena = arena_new();
    edition->catalogue.surface = agentos_surface;
    edition->catalogue.surface.references = 1;
    edition->catalogue.surface.release = edition_free;
    edition->catalogue.id = arena_copy(edition->arena, str_of(from->os_id));
    edition->catalogue.surface.started_at_us = from->started_at_us;
    agentos_status status = make_agents(edition, from->options, err);
    if (status == AGENTOS_OK)
        status = make_authority(edition, from, err);
    if (status == AGENTOS_OK)
        status = make_policy(edition, from->options, err);
    if (status != AGENTOS_OK) {
        edition_free(&edition->catalogue.surface);
        return status;
    }
    fill_catalogue(edition, from->options);
    edition->own = from->own;
    *out = &edition->catalogue.surface;
    return AGENTOS_OK;
}

/* Builds an edition from the options. */
#include "os/edition.h"

#include "api/routes.h"
#include "base/ensure.h"
#include "base/mem.h"
#include "os/exposure.h"
#include "web/policy.h"

#define DATABASE_ID     "main-db" /* the reference uses this name */
#define DEFAULT_VERSION "1.0.0"   /* if the configuration gives none */

struct edition {
    struct catalogue catalogue;
    arena *arena, *own;
    struct model **models; /* one per agent */
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

/* Makes agent i, which borrows the texts of its options. Counts it before the check, so that the
 * model is freed on failure. */
static agentos_status make_agent(struct edition *edition, const struct agent_options *options,
                                 size_t i, agentos_error *err)
{
    ensure(i == edition->agent_count && options->id != NULL);
    TRY(model_new(&options->model, &edition->models[i], err));
    edition->agent_count++;
    edition->agents[i] = (struct agent){
        .id = options->id,
        .name = options->name,
        .description = options->description,
        .role = options->role,
        .instructions = options->instructions,
        .model = edition->models[i],
        .add_history_to_context = options->add_history_to_context,
        .num_history_runs = options->num_history_runs,
        .db_id = DATABASE_ID,
    };
    return agent_check(&edition->agents[i], err);
}

static agentos_status make_agents(struct edition *edition, const struct options *options,
                                  agentos_error *err)
{
    ensure(edition->agent_count == 0 && options->agent_count <= AGENTS_MAX);
    size_t room = options->agent_count + 1; /* an array must not be empty */

    edition->models = arena_alloc(edition->arena, room * sizeof(*edition->models));
    edition->agents = arena_alloc(edition->arena, room * sizeof(*edition->agents));
    for (size_t i = 0; i < options->agent_count; i++)
        TRY(make_agent(edition, &options->agents[i], i, err));
    return AGENTOS_OK;
}

static void warn_of_lasting_token(const char *key_name)
{
    LOG(LOG_WARNING, "accepted a token without exp; it is valid until its key is replaced",
        log_text("key", key_name));
}

/* Makes the authority. Fails if the server would be exposed without authentication. */
static agentos_status make_authority(struct edition *edition, const struct edition_options *from,
                                     agentos_error *err)
{
    ensure(edition->catalogue.id != NULL && edition->catalogue.surface.authority == NULL);
    struct surface *surface = &edition->catalogue.surface;
    struct authority_options authorization = from->options->authorization;

    authorization.key_pool = from->keys;
    authorization.accounts = from->accounts;
    authorization.os_id = edition->catalogue.id;
    authorization.on_no_expiry = warn_of_lasting_token;
    TRY(authority_new(&authorization, &surface->authority, err));
    return exposure_check(from->exposed_host, surface->authority, err);
}

/* Logs the public routes, at level debug unless the configuration changes them. */
static void log_public_routes(const struct surface *surface, const struct policy_options *options)
{
    ensure(surface->policy != NULL && surface->rows != NULL);
    bool is_changed = options->excluded != NULL || options->excluded_add_count > 0;
    enum log_level level = is_changed ? LOG_INFO : LOG_DEBUG;
    AUTO_BUF routes = buf_with_limit(16 * KiB);

    for (size_t i = 0; i < surface->count; i++) {
        const struct route *row = &surface->rows[i];

        if (policy_access(surface->policy, row)->kind != ACCESS_PUBLIC)
            continue;
        if (routes.len > 0)
            buf_append(&routes, STR(", "));
        buf_printf(&routes, "%s %s", method_name(row->method), row->pattern);
    }
    ensure(buf_ok(&routes)); /* the whole route table fits */
    LOG(level, "public routes", log_str("routes", buf_view(&routes)));
}

/* Makes the access policy and logs the public routes. */
static agentos_status make_policy(struct edition *edition, const struct options *options,
                                  agentos_error *err)
{
    struct surface *surface = &edition->catalogue.surface;

    ensure(surface->authority != NULL && surface->policy == NULL);
    TRY(policy_make(surface, &options->policy, edition->arena, &edition->policy, err));
    surface->policy = &edition->policy;
    if (authority_mode(surface->authority) == AUTH_NONE)
        LOG(LOG_WARNING, "no authentication: everybody may do everything");
    else
        log_public_routes(surface, &options->policy);
    return AGENTOS_OK;
}

static void set_identity(struct surface *surface, const struct options *options)
{
    ensure(surface->title == NULL && surface->version == NULL);
    surface->title = options->name != NULL ? options->name : "AgentOS";
    surface->description = options->description;
    surface->version = options->version != NULL ? options->version : DEFAULT_VERSION;
}

static void set_limits(struct surface *surface, const struct options *options)
{
    ensure(options->body_limit_bytes > 0 && options->runs_per_caller > 0);
    size_t bytes_per_caller = options->held_bytes_per_caller;

    if (bytes_per_caller < options->body_limit_bytes)
        bytes_per_caller = options->body_limit_bytes; /* room for one body */
    surface->body_limit_bytes = options->body_limit_bytes;
    surface->caller_quota.runs = (size_t)options->runs_per_caller;
    surface->caller_quota.bytes = bytes_per_caller;
    surface->cors.origins = options->cors_origins;
    surface->cors.count = options->cors_origin_count;
    surface->allowed_hosts = options->allowed_hosts;
    surface->allowed_host_count = options->allowed_host_count;
}

/* Fills the catalogue and renders its answers. */
static void fill_catalogue(struct edition *edition, const struct options *options)
{
    ensure(edition->catalogue.surface.policy != NULL);
    struct catalogue *catalogue = &edition->catalogue;

    set_identity(&catalogue->surface, options);
    set_limits(&catalogue->surface, options);
    catalogue->message_max_bytes = options->message_max_bytes;
    catalogue->answer_max_bytes = options->answer_max_bytes;
    catalogue->name = options->name;
    catalogue->db_id = DATABASE_ID;
    catalogue->agents = edition->agents;
    catalogue->agent_count = edition->agent_count;
    catalogue_render(catalogue, edition->arena);
}

/* Allocates an edition whose surface has one reference. */
static struct edition *allocate_edition(const struct edition_options *from)
{
    ensure(from->os_id != NULL);
    struct edition *edition = mem_zeroed(sizeof(*edition));
    struct surface *surface = &edition->catalogue.surface;

    edition->arena = arena_new();
    edition->catalogue.id = arena_copy(edition->arena, str_of(from->os_id));
    *surface = agentos_surface;
    surface->references = 1;
    surface->release = edition_free;
    surface->started_at_us = from->started_at_us;
    return edition;
}

/* Builds an edition. On success it takes ownership of from->own. */
agentos_status edition_new(const struct edition_options *from, struct surface **out,
                           agentos_error *err)
{
    ensure(from->options != NULL && from->os_id != NULL && out != NULL);
    struct edition *edition = allocate_edition(from);
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

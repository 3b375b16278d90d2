/* Built bottom up, once, before the first loop runs. */
#include "os/assemble.h"

#include "base/clock.h"
#include "base/random.h"
#include "store/setting.h"

/* ---- agents ---- */

static agentos_status make_agent(struct assembly *os, const struct agent_options *options, size_t i,
                                 agentos_error *err)
{
    TRY(model_new(&options->model, &os->models[i], err));
    os->agent_count = i + 1;
    os->agents[i] = (struct agent){ .id = options->id,
                                    .name = options->name,
                                    .description = options->description,
                                    .role = options->role,
                                    .instructions = options->instructions,
                                    .model = os->models[i],
                                    .add_history_to_context = options->add_history_to_context,
                                    .has_num_history_runs = options->has_num_history_runs,
                                    .num_history_runs = options->num_history_runs,
                                    .db_id = "main-db" };
    return AGENTOS_OK;
}

static agentos_status make_agents(struct assembly *os, const struct options *options,
                                  agentos_error *err)
{
    os->models = arena_alloc(os->arena, (options->agent_count + 1) * sizeof(struct model *));
    os->agents = arena_alloc(os->arena, (options->agent_count + 1) * sizeof(*os->agents));
    for (size_t i = 0; i < options->agent_count; i++)
        TRY(make_agent(os, &options->agents[i], i, err));
    return AGENTOS_OK;
}

/* ---- the id: among the options, or generated once and kept ---- */

struct id_job {
    struct db_job job;
    arena *arena;
    const char *id;
};

static agentos_status keep_id(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct id_job *want = (struct id_job *)(void *)job;
    char generated[UUID_SIZE];

    return setting_get_or_put(conn, "os_id", random_uuid(generated), want->arena, &want->id, err);
}

static agentos_status choose_id(struct assembly *os, const struct options *options,
                                const char **out, agentos_error *err)
{
    struct id_job want = { .job.run = keep_id, .arena = os->arena };

    *out = options->id;
    if (*out != NULL)
        return AGENTOS_OK;
    if (db_write_now(os->db, &want.job) == AGENTOS_OK)
        *out = want.id;
    else
        return fail(err, want.job.status, "%s", want.job.err.message);
    return AGENTOS_OK;
}

/* ---- the whole ---- */

static agentos_status make_authority(struct assembly *os, const struct options *options,
                                     agentos_error *err)
{
    struct authority_options authorization = options->authorization;

    authorization.os_id = os->catalogue.id;
    return authority_new(&authorization, &os->catalogue.authority, err);
}

static void fill_catalogue(struct assembly *os, const struct options *options)
{
    struct catalogue *c = &os->catalogue;

    c->name = options->name;
    c->description = options->description;
    c->version = options->version != NULL ? options->version : "1.0.0";
    c->db_id = "main-db";
    c->started_at_us = clock_now_us();
    c->agents = os->agents;
    c->agent_count = os->agent_count;
    c->cors = (struct cors){ options->cors_origins, options->cors_origin_count };
    c->body_limit_bytes = options->body_limit_bytes;
    c->allowed_hosts = options->allowed_hosts;
    c->allowed_host_count = options->allowed_host_count;
    catalogue_render(c, os->arena);
}

static agentos_status make_parts(struct assembly *os, const struct options *options,
                                 agentos_error *err)
{
    TRY(make_agents(os, options, err));
    TRY(db_open(&(struct db_options){ .url = options->database }, &os->db, err));
    TRY(choose_id(os, options, &os->catalogue.id, err));
    return make_authority(os, options, err);
}

agentos_status assembly_make(const struct options *options, struct assembly *out,
                             agentos_error *err)
{
    struct assembly os = { .arena = arena_new(), .run_index = run_index_new() };
    agentos_status status = make_parts(&os, options, err);

    if (status != AGENTOS_OK) {
        assembly_clear(&os);
        return status;
    }
    fill_catalogue(&os, options);
    *out = os;
    return AGENTOS_OK;
}

void assembly_clear(struct assembly *os)
{
    db_close(os->db);
    authority_free(os->catalogue.authority);
    for (size_t i = 0; i < os->agent_count; i++)
        model_free(os->models[i]);
    run_index_free(os->run_index);
    arena_free(os->arena);
    *os = (struct assembly){ 0 };
}

/* Implements the catalogue: the agents of one edition (a configuration as loaded). Their JSON is
 * rendered once, when the edition is created, and never during a request. */
#include "api/context.h"
#include "base/limits.h"
#include "base/map.h"
#include "web/openapi.h"

const struct agent *catalogue_agent(const struct catalogue *catalogue, str id)
{
    const str *json = map_get(catalogue->agents_by_id, id);

    return json != NULL ? &catalogue->agents[json - catalogue->agent_json] : NULL;
}

static void release_index(void *by_id)
{
    map_clear(by_id);
}

static const struct map *index_agents(const struct catalogue *catalogue, str *each, arena *a)
{
    struct map *by_id = arena_alloc(a, sizeof(*by_id));

    arena_defer(a, release_index, by_id);
    for (size_t i = 0; i < catalogue->agent_count; i++)
        (void)map_put(by_id, str_of(catalogue->agents[i].id), &each[i]); /* ids differ */
    return by_id;
}

static void write_sessions(const struct agent *agent, writer *w)
{
    write_key(w, "sessions");
    write_object(w);
    write_member(w, "session_table", "agno_sessions");
    if (agent->add_history_to_context)
        write_member_bool(w, "add_history_to_context", true);
    if (agent->num_history_runs != 3) /* the reference shows what is not its default */
        write_member_int(w, "num_history_runs", agent->num_history_runs);
    write_end(w);
}

static void write_system_message(const struct agent *agent, writer *w)
{
    if (agent->description == NULL && agent->instructions == NULL)
        return;
    write_key(w, "system_message");
    write_object(w);
    write_member_if(w, "description", agent->description);
    write_member_if(w, "instructions", agent->instructions);
    write_end(w);
}

/* One item of GET /agents. A member that is always false names a feature that this server does not
 * have; the contract still requires it. */
static void write_agent(const struct agent *agent, writer *w)
{
    write_object(w);
    write_member(w, "id", agent->id);
    write_member_if(w, "name", agent->name);
    write_member_if(w, "db_id", agent->db_id);
    write_member_bool(w, "filesystem", false);
    write_member_if(w, "description", agent->description);
    write_member_if(w, "role", agent->role);
    write_member_bool(w, "is_factory", false);
    write_key(w, "model");
    write_object(w);
    write_member(w, "name", model_name(agent->model));
    write_member(w, "model", model_id(agent->model));
    write_member(w, "provider", model_provider(agent->model));
    write_end(w);
    write_sessions(agent, w);
    write_key(w, "reasoning");
    write_raw(w, STR("{\"reasoning\":false}"));
    write_system_message(agent, w);
    write_member_bool(w, "is_component", false);
    write_member_bool(w, "sandboxed", false);
    write_end(w);
}

/* The text copied to the arena; the buffer is then empty. */
static str take_text(arena *a, buf *text)
{
    str kept = { arena_copy(a, buf_view(text)), text->len };

    buf_clear(text);
    return kept;
}

void catalogue_render(struct catalogue *catalogue, arena *a)
{
    str *each = arena_alloc(a, (catalogue->agent_count + 1) * sizeof(*each));
    buf text = buf_with_limit(OUTPUT_MAX_BYTES);

    for (size_t i = 0; i < catalogue->agent_count; i++) {
        write_agent(&catalogue->agents[i], &(writer){ .out = &text });
        each[i] = take_text(a, &text);
    }
    catalogue->agent_json = each;
    catalogue->agents_by_id = index_agents(catalogue, each, a);

    writer w = { .out = &text };
    write_array(&w);
    for (size_t i = 0; i < catalogue->agent_count; i++)
        write_raw(&w, each[i]);
    write_end(&w);
    catalogue->agents_json = take_text(a, &text);

    openapi_write(&catalogue->surface, &(writer){ .out = &text });
    catalogue->surface.openapi_json = take_text(a, &text);
}

/* The agents of one configuration, with their JSON rendered once. */
#include "api/agent_view.h"
#include "api/context.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/map.h"
#include "web/openapi.h"

/* Finds the agent by the index of its JSON. */
const struct agent *catalogue_agent(const struct catalogue *catalogue, str id)
{
    ensure(catalogue->agents_by_id != NULL); /* set by catalogue_render */

    const str *json = map_get(catalogue->agents_by_id, id);

    if (json == NULL)
        return NULL;
    size_t index = (size_t)(json - catalogue->agent_json);
    ensure(index < catalogue->agent_count);
    return &catalogue->agents[index];
}

/* Frees the map's entries. The arena owns the struct itself. */
static void release_index(void *by_id)
{
    map_clear(by_id);
}

/* Maps each agent's id to its item of `each`. The map is freed with the arena. */
static const struct map *index_agents(const struct catalogue *catalogue, str *each, arena *a)
{
    struct map *by_id = arena_alloc(a, sizeof(*by_id));

    arena_defer(a, release_index, by_id);
    for (size_t i = 0; i < catalogue->agent_count; i++)
        (void)map_put(by_id, str_of(catalogue->agents[i].id), &each[i]); /* ids are unique */
    return by_id;
}

/* Copies the text to the arena and clears the buffer. */
static str take_text(arena *a, buf *text)
{
    str kept = { arena_copy(a, buf_view(text)), text->len };

    buf_clear(text);
    return kept;
}

/* Renders the JSON of each agent. */
static str *render_agents(const struct catalogue *catalogue, arena *a)
{
    str *each = arena_array(a, catalogue->agent_count, sizeof(*each));

    for (size_t i = 0; i < catalogue->agent_count; i++) {
        AUTO_BUF text = buf_with_limit(OUTPUT_MAX_BYTES);
        writer w = { .out = &text };

        shape_write(&agent_shape, &catalogue->agents[i], ABSENT_LEFT_OUT, &w);
        each[i] = take_text(a, &text);
    }
    return each;
}

/* Renders the JSON list of all agents. */
static str render_list(const struct catalogue *catalogue, arena *a)
{
    AUTO_BUF text = buf_with_limit(OUTPUT_MAX_BYTES);
    writer w = { .out = &text };

    write_array(&w);
    for (size_t i = 0; i < catalogue->agent_count; i++)
        write_raw(&w, catalogue->agent_json[i]);
    write_end(&w);
    return take_text(a, &text);
}

void catalogue_render(struct catalogue *catalogue, arena *a)
{
    ensure(catalogue->agent_count == 0 || catalogue->agents != NULL);
    ensure(catalogue->agent_json == NULL); /* rendered once */

    str *each = render_agents(catalogue, a);

    catalogue->agent_json = each;
    catalogue->agents_by_id = index_agents(catalogue, each, a);
    catalogue->agents_json = render_list(catalogue, a);
    catalogue->surface.openapi = openapi_document_new(a);
}

/* Finds the route of a request. */
#include "web/route.h"

#include "base/ensure.h"
#include "base/mem.h"
#include "web/surface.h"

/* Returns whether the route takes the method. A GET route also takes HEAD (RFC 9110 §9.3.2). */
static bool takes_method(const struct route *row, enum method method)
{
    return row->method == method || (row->method == GET && method == HEAD);
}

/* Finds the first route with the path and the method, or else the first with the path. */
enum match route_find(const struct surface *surface, enum method method, str path,
                      struct params *params, const struct route **out)
{
    const struct route *first = NULL;
    struct params found;

    ensure(surface->rows != NULL || surface->count == 0);
    for (size_t i = 0; i < surface->count; i++) {
        const struct route *row = &surface->rows[i];

        if (!pattern_match(row->pattern, path, &found))
            continue;
        if (takes_method(row, method)) {
            *params = found;
            *out = row;
            return MATCH_FOUND;
        }
        if (first == NULL)
            first = row;
    }
    *out = first; /* NULL for an unknown path */
    return first != NULL ? MATCH_OTHER_METHOD : MATCH_NONE;
}

/* Returns the route's input, or an empty one. */
const struct input *route_input(const struct route *row)
{
    static const struct input none = { .record = 0 };

    return row->input != NULL ? row->input : &none;
}

/* Returns the id of the agent, team or workflow in the path, or an empty text. */
str route_resource_id(const struct params *params)
{
    static const char *const names[] = { "agent_id", "team_id", "workflow_id" };

    for (size_t i = 0; i < COUNT(names); i++) {
        str id = params_get(params, names[i]);

        if (id.len > 0)
            return id;
    }
    return (str){ "", 0 };
}

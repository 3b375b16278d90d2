/* Finding the row that fits a request: the first row of a path that takes its method. */
#include "web/route.h"

#include "base/ensure.h"
#include "base/mem.h"
#include "web/surface.h"

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
        if (row->method == method) {
            *params = found;
            *out = row;
            return MATCH_FOUND;
        }
        if (first == NULL)
            first = row;
    }
    *out = first;
    return first != NULL ? MATCH_OTHER_METHOD : MATCH_NONE;
}

const struct input *route_input(const struct route *row)
{
    static const struct input none = { .record = 0 };

    return row->input != NULL ? row->input : &none;
}

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

/* The HTTP surface by resource: what is built at length, what is not in one table; and the events
 * of a run. */
#include "reference.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/routes.h"
#include "base/buf.h"
#include "run/event_view.h"

/* ---- who may ---- */

static void print_demand(const struct access *access)
{
    const char *first = access->scope != NULL ? access->scope : access->gate;

    if (first == NULL)
        return; /* no row is without both */
    (void)printf("`%s`", first);
    if (access->gate != NULL && strcmp(first, access->gate) != 0)
        (void)printf(" and `%s`", access->gate);
}

static void print_access(const struct access *access)
{
    switch (access->kind) {
    case ACCESS_PUBLIC: (void)printf("public"); return;
    case ACCESS_TOKEN: (void)printf("any valid token"); return;
    case ACCESS_ADMIN: (void)printf("the admin scope"); return;
    case ACCESS_UNSTATED: return;
    case ACCESS_SCOPED:
    case ACCESS_LISTING: print_demand(access);
    }
    if (access->kind == ACCESS_LISTING)
        (void)printf(", for all or for some: the list shrinks to those");
    else if (access->gate != NULL)
        (void)printf(", for all or for this one");
    if (access->people_only)
        (void)printf(", not for service accounts");
}

/* ---- what it takes ---- */

static void print_param_type(const struct param *param)
{
    static const char *const names[] = { [PARAM_TEXT] = "text",
                                         [PARAM_BOOL] = "true or false",
                                         [PARAM_INT] = "number",
                                         [PARAM_LIST] = "texts" };

    if (param->choices != NULL)
        for (const char *const *choice = param->choices; *choice != NULL; choice++)
            (void)printf("%s`%s`", choice > param->choices ? ", " : "", *choice);
    else if (param->has_min && param->has_max)
        (void)printf("%" PRId64 " to %" PRId64, param->min, param->max);
    else if (param->has_min)
        (void)printf("%" PRId64 " or more", param->min);
    else
        (void)printf("%s", names[param->kind]);
}

static void print_params(const char *where, const struct param *table)
{
    for (const struct param *param = table; param != NULL && param->name != NULL; param++) {
        (void)printf("| `%s` | %s | ", param->name, where);
        print_param_type(param);
        if (param->fallback != NULL)
            (void)printf(" | `%s` |", param->fallback);
        else
            (void)printf(" | %s |", param->required ? "required" : "–");
        print_cell(str_of(param->doc));
        (void)printf("\n");
    }
}

static void print_fields(const struct field *table)
{
    static const char *const kinds[] = { [FIELD_STRING] = "text",
                                         [FIELD_BOOL] = "true or false",
                                         [FIELD_INTEGER] = "number",
                                         [FIELD_REAL] = "number" };
    static const char *const shapes[] = {
        [SHAPE_ANY] = "any", [SHAPE_OBJECT] = "object", [SHAPE_LIST] = "list"
    };

    for (const struct field *field = table; field != NULL && field->name != NULL; field++) {
        const char *type = field->kind == FIELD_JSON ? shapes[field->shape] : kinds[field->kind];

        (void)printf("| `%s` | body | %s | %s |", field->name, type,
                     field->need == REQUIRED ? "required" : "–");
        print_cell(str_of(field->doc));
        (void)printf("\n");
    }
}

static void print_inputs(const struct route *route)
{
    const struct input *input = route_input(route);

    if (input->query == NULL && input->form == NULL && input->json == NULL)
        return;
    (void)printf(
        "\n| name | in | may be | default | what it does |\n| --- | --- | --- | --- | --- |\n");
    print_params("query", input->query);
    print_params("form", input->form);
    print_fields(input->json);
}

/* ---- the page ---- */

static void print_built(const struct route *route)
{
    (void)printf("\n### %s %s\n\n%s.\n\n- Who: ", method_name(route->method), route->pattern,
                 route->summary);
    print_access(&route->access);
    (void)printf("\n- Answers %d", route->success != 0 ? route->success : 200);
    if (route->returns != NULL)
        (void)printf(": %s", route->returns);
    (void)printf("\n");
    print_inputs(route);
}

static bool is_of(const struct route *route, const char *tag, bool built)
{
    return strcmp(route->tag, tag) == 0 && (route->answer != NULL) == built;
}

static void print_unbuilt_of(const char *tag)
{
    bool begun = false;

    for (const struct route *route = agentos_surface.rows;
         route < agentos_surface.rows + agentos_surface.count; route++) {
        if (!is_of(route, tag, false))
            continue;
        if (!begun)
            (void)printf("\nNot built: 501 after authorization.\n\n| route | what | who |\n| --- | "
                         "--- | --- |\n");
        begun = true;
        (void)printf("| `%s %s` | %s | ", method_name(route->method), route->pattern,
                     route->summary);
        print_access(&route->access);
        (void)printf(" |\n");
    }
}

static void print_group(const char *tag)
{
    (void)printf("\n## %s\n", tag);
    for (const struct route *route = agentos_surface.rows;
         route < agentos_surface.rows + agentos_surface.count; route++)
        if (is_of(route, tag, true))
            print_built(route);
    print_unbuilt_of(tag);
}

/* ---- what there is, in short ---- */

static size_t count(const char *tag, bool built)
{
    size_t found = 0;

    for (const struct route *route = agentos_surface.rows;
         route < agentos_surface.rows + agentos_surface.count; route++)
        found += is_of(route, tag, built);
    return found;
}

/* As a heading is named in links: small, with dashes for blanks. */
static void print_anchor(const char *tag)
{
    for (const char *c = tag; *c != '\0'; c++)
        (void)printf("%c", *c == ' ' ? '-' : char_lower(*c));
}

static void print_index_row(const char *tag)
{
    (void)printf("| [%s](#", tag);
    print_anchor(tag);
    (void)printf(") | %zu | %zu |\n", count(tag, true), count(tag, false));
}

/* The rows of a tag stand together. */
static void each_tag(void (*print)(const char *tag))
{
    const char *tag = "";

    for (const struct route *route = agentos_surface.rows;
         route < agentos_surface.rows + agentos_surface.count; route++) {
        if (strcmp(route->tag, tag) != 0)
            print(route->tag);
        tag = route->tag;
    }
}

void print_routes(void)
{
    (void)printf("\n| resource | built | not built |\n| --- | --- | --- |\n");
    each_tag(print_index_row);
    each_tag(print_group);
}

/* ---- what is not built, in short ---- */

/* Returns whether an earlier row that is not built has the same path. */
static bool repeats_pattern(const struct route *route)
{
    for (const struct route *earlier = agentos_surface.rows; earlier < route; earlier++)
        if (earlier->answer == NULL && strcmp(earlier->pattern, route->pattern) == 0)
            return true;
    return false;
}

/* Prints the paths of the tag's routes that are not built, each once. */
static void print_unbuilt_row(const char *tag)
{
    const char *comma = "";

    if (count(tag, false) == 0)
        return;
    (void)printf("| %s | ", tag);
    for (const struct route *route = agentos_surface.rows;
         route < agentos_surface.rows + agentos_surface.count; route++)
        if (is_of(route, tag, false) && !repeats_pattern(route)) {
            (void)printf("%s`%s`", comma, route->pattern);
            comma = ", ";
        }
    (void)printf(" |\n");
}

void print_unbuilt(void)
{
    (void)printf("\n| what | paths that answer 501 |\n| --- | --- |\n");
    each_tag(print_unbuilt_row);
    for (size_t i = 0; i < agentos_surface.absent_count; i++)
        (void)printf("| %s | none: %s |\n", agentos_surface.absent[i].name,
                     agentos_surface.absent[i].what);
}

/* ---- the events of a run ---- */

/* Prints the members that events of this kind add to those of all events. */
static void print_event_members(const struct shape *shape)
{
    const char *comma = "";

    for (size_t i = EVENT_OWN; i < SHAPE_PARTS_MAX && shape->parts[i] != NULL; i++)
        for (const struct member *member = shape->parts[i]; member->name != NULL; member++) {
            (void)printf("%s`%s`%s", comma, member->name,
                         member->need == OR_LEFT_OUT ? " if any" : "");
            comma = ", ";
        }
    if (*comma == '\0')
        (void)printf("–");
}

void print_events(void)
{
    (void)printf("\n| event | adds |\n| --- | --- |\n");
    for (enum run_event_kind kind = 0; kind < RUN_EVENT_COUNT; kind++) {
        str name = run_event_name(kind);

        (void)printf("| `%.*s` | ", (int)name.len, name.ptr);
        print_event_members(&run_event_shapes[kind]);
        (void)printf(" |\n");
    }
}

/* Writes the responses and their schemas for the OpenAPI document. */
#include "base/ensure.h"
#include "base/mem.h"
#include "web/failure.h"
#include "web/openapi_internal.h"
#include "web/page.h"
#include "web/policy.h"
#include "json/problems.h"

/* ---- which statuses ---- */

/* An error response that a route may have. */
struct failure_row {
    const char *status, *description;
    bool (*applies)(const struct description *d, const struct route *row);
};

static bool always(const struct description *d, const struct route *row)
{
    (void)d;
    (void)row;
    return true;
}

static bool asks_for_credential(const struct description *d, const struct route *row)
{
    return !d->is_open && policy_access(d->surface->policy, row)->kind != ACCESS_PUBLIC;
}

static bool has_handler(const struct description *d, const struct route *row)
{
    (void)d;
    return row->answer != NULL;
}

static bool has_no_handler(const struct description *d, const struct route *row)
{
    return !has_handler(d, row);
}

static bool has_body(const struct description *d, const struct route *row)
{
    (void)d;
    return row->body != BODY_NONE;
}

static bool reads_input(const struct description *d, const struct route *row)
{
    const struct input *input = route_input(row);

    (void)d;
    return input->query != NULL || input->form != NULL || input->json != NULL;
}

/* Returns whether the path or the query names an object that may not exist. */
static bool names_something(const struct description *d, const struct route *row)
{
    const struct param *param = route_input(row)->query;

    if (strchr(row->pattern, '{') != NULL)
        return has_handler(d, row);
    for (; param != NULL && param->name != NULL; param++)
        if (strcmp(param->name, "db_id") == 0)
            return true;
    return false;
}

/* Returns whether the caller's open requests or failed credentials are limited. */
static bool is_counted(const struct description *d, const struct route *row)
{
    return asks_for_credential(d, row) || has_body(d, row);
}

/* Returns whether the database may be needed, for data or for a credential. */
static bool may_ask_database(const struct description *d, const struct route *row)
{
    return has_handler(d, row) && policy_access(d->surface->policy, row)->kind != ACCESS_PUBLIC;
}

// clang-format off
static const struct failure_row failures[] = {
    { "400", "The request is not valid",                         always },
    { "401", "The credential is missing or not valid",           asks_for_credential },
    { "403", "The caller may not do this",                       always },
    { "404", "What the request names does not exist",            names_something },
    { "409", "It conflicts with what exists",                    NULL },
    { "413", "The request or its answer is too large",           has_body },
    { "422", "The input is not valid",                           reads_input },
    { "429", "The caller has too many requests or failures",     is_counted },
    { "500", "The server failed",                                has_handler },
    { "501", "Not built in this version",                        has_no_handler },
    { "503", "The database or a service is not available",       may_ask_database },
};
// clang-format on

/* Returns whether the route lists the status itself. */
static bool is_listed(const struct route *row, const char *status)
{
    int64_t code = 0;

    if (!str_to_int(str_of(status), &code))
        return false;
    for (const int *listed = row->failures; listed != NULL && *listed != 0; listed++)
        if (*listed == code)
            return true;
    return false;
}

/* ---- what they hold ---- */

/* Begins a media type of `content`. The caller writes its schema. */
static void begin_media(writer *w, const char *type)
{
    write_key(w, type);
    write_object(w);
    write_key(w, "schema");
}

/* Writes the JSON content of a success. */
static void write_json_content(const struct shown *shows, writer *w)
{
    begin_media(w, "application/json");
    if (shows->is_document) {
        write_raw(w, STR("{\"type\":\"object\",\"additionalProperties\":true}"));
    } else if (shows->shape == NULL) {
        write_raw(w, STR("{\"type\":\"array\",\"items\":{},\"maxItems\":0}"));
    } else if (shows->is_page) {
        page_describe(shows->shape, w);
    } else if (shows->is_list) {
        write_object(w);
        write_member(w, "type", "array");
        write_key(w, "items");
        shape_refer(shows->shape, w);
        write_end(w);
    } else {
        shape_refer(shows->shape, w);
    }
    write_end(w);
}

/* Writes the text content of a success. OpenAPI 3.1 has no place for the data of events. */
static void write_text_content(const struct shown *shows, writer *w)
{
    begin_media(w, shows->media_type);
    write_raw(w, STR("{\"type\":\"string\"}"));
    if (shows->event != NULL) {
        write_key(w, "x-event-data");
        shape_refer(shows->event, w);
    }
    write_end(w);
}

/* Returns the success status as a key. */
static const char *success_text(const struct route *row)
{
    if (row->success == 201)
        return "201";
    if (row->success == 204)
        return "204";
    ensure(row->success == 0); /* for 200 */
    return "200";
}

static void write_success(const struct route *row, writer *w)
{
    const struct shown *shows = &row->shows;
    bool is_json = shows->shape != NULL || shows->is_list || shows->is_document;

    write_key(w, success_text(row));
    write_object(w);
    write_member(w, "description", row->returns != NULL ? row->returns : "Successful response");
    if (is_json || shows->media_type != NULL) {
        write_key(w, "content");
        write_object(w);
        if (is_json)
            write_json_content(shows, w);
        if (shows->media_type != NULL)
            write_text_content(shows, w);
        write_end(w);
    }
    write_end(w);
}

static void write_failure(const struct failure_row *failure, writer *w)
{
    static const struct shape *const choices[] = { &invalid_shape, &failure_shape, NULL };
    static const struct shape either = { .one_of = choices };
    bool is_422 = strcmp(failure->status, "422") == 0;

    write_key(w, failure->status);
    write_object(w);
    write_member(w, "description", failure->description);
    write_key(w, "content");
    write_object(w);
    begin_media(w, "application/json");
    shape_refer(is_422 ? &either : &failure_shape, w);
    write_end(w);
    write_end(w);
    write_end(w);
}

void openapi_write_responses(const struct description *d, const struct route *row, writer *w)
{
    ensure(d->surface != NULL && row->pattern != NULL);
    write_key(w, "responses");
    write_object(w);
    if (row->answer != NULL)
        write_success(row, w);
    for (size_t i = 0; i < COUNT(failures); i++)
        if (is_listed(row, failures[i].status) ||
            (failures[i].applies != NULL && failures[i].applies(d, row)))
            write_failure(&failures[i], w);
    write_end(w);
}

/* ---- the schemas ---- */

enum { NAMED_SHAPES_MAX = 128 };

/* The named shapes, each once. */
struct named_shapes {
    const struct shape *all[NAMED_SHAPES_MAX];
    size_t count;
};

/* Adds the shape, unless it is unnamed or already there. */
static void add_named(void *user, const struct shape *shape)
{
    struct named_shapes *found = user;

    if (shape->name == NULL)
        return;
    for (size_t i = 0; i < found->count; i++)
        if (found->all[i] == shape)
            return;
    ensure(found->count < NAMED_SHAPES_MAX); /* shapes are constants */
    found->all[found->count++] = shape;
}

void openapi_write_schemas(const struct surface *surface, writer *w)
{
    struct named_shapes found = { .count = 0 };

    shape_each(&failure_shape, add_named, &found);
    shape_each(&invalid_shape, add_named, &found);
    shape_each(&page_meta_shape, add_named, &found);
    for (size_t i = 0; i < surface->count; i++) {
        const struct shown *shows = &surface->rows[i].shows;

        if (shows->shape != NULL)
            shape_each(shows->shape, add_named, &found);
        if (shows->event != NULL)
            shape_each(shows->event, add_named, &found);
    }
    write_key(w, "schemas");
    write_object(w);
    for (size_t i = 0; i < found.count; i++) {
        write_key(w, found.all[i]->name);
        shape_describe(found.all[i], w);
    }
    write_end(w);
}

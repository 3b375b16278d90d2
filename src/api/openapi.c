/* /openapi.json (OpenAPI 3.1) from the route table: paths in table order, parameters from their
 * tables, and each row's demand as security and as `x-required-scopes`. */
#include "api/describe.h"
#include "api/routes.h"

static const char *method_key(enum method method)
{
    static const char *const keys[METHOD_COUNT] = {
        [GET] = "get",     [HEAD] = "head",     [POST] = "post",      [PUT] = "put",
        [PATCH] = "patch", [DELETE] = "delete", [OPTIONS] = "options"
    };

    return keys[method];
}

static void write_path_parameters(const char *pattern, writer *w)
{
    str rest = str_of(pattern);

    while (rest.len > 0) {
        str segment = str_split(&rest, '/');

        if (!str_starts(segment, STR("{")))
            continue;
        write_object(w);
        write_key(w, "name");
        write_str(w, (str){ segment.ptr + 1, segment.len - 2 });
        write_member(w, "in", "path");
        write_member_bool(w, "required", true);
        write_key(w, "schema");
        write_raw(w, STR("{\"type\":\"string\"}"));
        write_end(w);
    }
}

static void write_form(const struct route *row, writer *w)
{
    static const char *const types[] = { "application/x-www-form-urlencoded",
                                         "multipart/form-data" };

    if (row->form == NULL)
        return;
    write_key(w, "requestBody");
    write_object(w);
    write_member_bool(w, "required", true);
    write_key(w, "content");
    write_object(w);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        write_key(w, types[i]);
        write_object(w);
        write_key(w, "schema");
        params_describe_form(row->form, w);
        write_end(w);
    }
    write_end(w);
    write_end(w);
}

static void write_json_body(const struct route *row, writer *w)
{
    if (row->json == NULL)
        return;
    write_key(w, "requestBody");
    write_object(w);
    write_key(w, "content");
    write_object(w);
    write_key(w, "application/json");
    write_object(w);
    write_key(w, "schema");
    fields_describe(row->json, w);
    write_end(w);
    write_end(w);
    write_end(w);
}

static void write_response(writer *w, const char *status, const char *description)
{
    write_key(w, status);
    write_object(w);
    write_member(w, "description", description);
    write_end(w);
}

static const char *success_text(const struct route *row)
{
    return row->success == 201 ? "201" : row->success == 204 ? "204" : "200";
}

static void write_responses(const struct route *row, writer *w)
{
    write_key(w, "responses");
    write_object(w);
    if (row->answer != NULL)
        write_response(w, success_text(row), "Successful response");
    if (row->access.kind != ACCESS_PUBLIC) {
        write_response(w, "401", "Missing or invalid token");
        write_response(w, "403", "Insufficient permissions");
    }
    if (row->query != NULL || row->form != NULL || row->json != NULL)
        write_response(w, "422", "Validation error");
    if (row->answer == NULL)
        write_response(w, "501", "Not supported in this version");
    write_end(w);
}

static void write_security(const struct route *row, writer *w)
{
    const struct access *access = &row->access;

    if (access->kind == ACCESS_PUBLIC)
        return;
    write_key(w, "security");
    write_raw(w, STR("[{\"bearer\":[]}]"));
    write_key(w, "x-required-scopes");
    write_array(w);
    if (access->scope != NULL)
        write_string(w, access->scope);
    if (access->gate != NULL && (access->scope == NULL || strcmp(access->scope, access->gate) != 0))
        write_string(w, access->gate);
    write_end(w);
}

static void write_operation(const struct route *row, writer *w)
{
    write_key(w, method_key(row->method));
    write_object(w);
    write_key(w, "tags");
    write_array(w);
    write_string(w, row->tag);
    write_end(w);
    write_member(w, "summary", row->summary);
    write_key(w, "parameters");
    write_array(w);
    write_path_parameters(row->pattern, w);
    if (row->query != NULL)
        params_describe_query(row->query, w);
    write_end(w);
    write_form(row, w);
    write_json_body(row, w);
    write_responses(row, w);
    write_security(row, w);
    write_end(w);
}

/* All rows of a path stand under one key; it is written at its first row. */
static bool is_first_of_path(size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (strcmp(routes[i].pattern, routes[row].pattern) == 0)
            return false;
    return true;
}

static void write_path(size_t row, writer *w)
{
    write_key(w, routes[row].pattern);
    write_object(w);
    for (size_t i = row; i < route_count; i++)
        if (strcmp(routes[i].pattern, routes[row].pattern) == 0)
            write_operation(&routes[i], w);
    write_end(w);
}

void openapi_write(const struct catalogue *catalogue, writer *w)
{
    write_object(w);
    write_member(w, "openapi", "3.1.0");
    write_key(w, "info");
    write_object(w);
    write_member(w, "title", catalogue->name != NULL ? catalogue->name : "AgentOS");
    write_member_if(w, "description", catalogue->description);
    write_member(w, "version", catalogue->version);
    write_end(w);
    write_key(w, "paths");
    write_object(w);
    for (size_t i = 0; i < route_count; i++)
        if (is_first_of_path(i))
            write_path(i, w);
    write_end(w);
    write_key(w, "components");
    write_raw(w, STR("{\"securitySchemes\":{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\","
                     "\"bearerFormat\":\"JWT\"}}}"));
    write_end(w);
}

void openapi_get(struct call *call)
{
    call_json(call, 200, call->context->catalogue->openapi_json);
}

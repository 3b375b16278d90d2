/* Writes the document /openapi.json (OpenAPI 3.1) from the route table. The paths keep the order of
 * the table. The requirements of a route appear as `security` and `x-required-scopes`. */
#include "web/openapi.h"
#include "base/ensure.h"
#include "base/mem.h"
#include "web/call.h"
#include "web/pages.h"
#include "web/policy.h"

/* Returns the name of the method as OpenAPI spells it. */
static const char *method_key(enum method method)
{
    static const char *const keys[METHOD_COUNT] = {
        [GET] = "get",     [HEAD] = "head",     [POST] = "post",      [PUT] = "put",
        [PATCH] = "patch", [DELETE] = "delete", [OPTIONS] = "options"
    };

    ensure(method < METHOD_COUNT && keys[method] != NULL);
    return keys[method];
}

/* Writes a parameter for each {name} of the pattern. The value of such a parameter may be any
 * text. */
static void write_path_parameters(const char *pattern, writer *w)
{
    str rest = str_of(pattern);

    while (rest.len > 0) {
        str segment = str_split(&rest, '/');

        if (!str_starts(segment, STR("{")))
            continue;
        ensure(segment.len > 2 && str_ends(segment, STR("}")));
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

/* Writes the request body of a row that reads a form: the same fields in either of two
 * encodings. */
static void write_form(const struct route *row, writer *w)
{
    static const char *const types[] = { "application/x-www-form-urlencoded",
                                         "multipart/form-data" };

    if (route_input(row)->form == NULL)
        return;
    write_key(w, "requestBody");
    write_object(w);
    write_member_bool(w, "required", true);
    write_key(w, "content");
    write_object(w);
    for (size_t i = 0; i < COUNT(types); i++) {
        write_key(w, types[i]);
        write_object(w);
        write_key(w, "schema");
        params_describe_form(route_input(row)->form, w);
        write_end(w);
    }
    write_end(w);
    write_end(w);
}

/* Writes the request body of a row that reads JSON. */
static void write_json_body(const struct route *row, writer *w)
{
    if (route_input(row)->json == NULL)
        return;
    write_key(w, "requestBody");
    write_object(w);
    write_key(w, "content");
    write_object(w);
    write_key(w, "application/json");
    write_object(w);
    write_key(w, "schema");
    fields_describe(route_input(row)->json, w);
    write_end(w);
    write_end(w);
    write_end(w);
}

static void write_response(writer *w, const char *status, const char *description)
{
    ensure(strlen(status) == 3);
    write_key(w, status);
    write_object(w);
    write_member(w, "description", description);
    write_end(w);
}

/* Returns the status of a success, as a key of `responses`. */
static const char *success_text(const struct route *row)
{
    if (row->success == 201)
        return "201";
    if (row->success == 204)
        return "204";
    ensure(row->success == 0); /* 0 stands for 200 */
    return "200";
}

/* Writes the statuses that a row may answer with, as far as its table tells. */
static void write_responses(const struct route *row, const struct access *access, writer *w)
{
    const struct input *input = route_input(row);

    ensure(input->form == NULL || input->json == NULL); /* there is one body at most */
    bool reads_input = input->query != NULL || input->form != NULL || input->json != NULL;

    write_key(w, "responses");
    write_object(w);
    if (row->answer != NULL)
        write_response(w, success_text(row),
                       row->returns != NULL ? row->returns : "Successful response");
    if (access->kind != ACCESS_PUBLIC) {
        write_response(w, "401", "Missing or invalid token");
        write_response(w, "403", "Insufficient permissions");
    }
    if (reads_input)
        write_response(w, "422", "Validation error");
    if (row->answer == NULL)
        write_response(w, "501", "Not supported in this version");
    write_end(w);
}

/* Writes the credential and the scopes that a row demands. where says in which headers this server
 * accepts a credential; if it is NULL, only the usual header is written. */
static void write_security(const struct access *access, const struct credential_rules *where,
                           writer *w)
{
    static const str alternatives[] = {
        [TOKEN_IN_HEADER] = STR_INIT("[{\"bearer\":[]}]"),
        [TOKEN_IN_COOKIE] = STR_INIT("[{\"cookie\":[]}]"),
        [TOKEN_IN_EITHER] = STR_INIT("[{\"bearer\":[]},{\"cookie\":[]}]"),
    };
    str rest = str_of(access->scope), scope;
    enum token_source source = where != NULL ? where->source : TOKEN_IN_HEADER;
    bool gate_is_written = access->gate == NULL;

    ensure(access->kind != ACCESS_UNSTATED && source < COUNT(alternatives));
    if (access->kind == ACCESS_PUBLIC)
        return;
    write_key(w, "security");
    write_raw(w, alternatives[source]);
    write_key(w, "x-required-scopes");
    write_array(w);
    while (access_next(&rest, &scope)) {
        write_str(w, scope);
        gate_is_written = gate_is_written || str_equal(scope, str_of(access->gate));
    }
    if (!gate_is_written)
        write_string(w, access->gate);
    write_end(w);
}

/* What every part of the document is written from. */
struct description {
    const struct surface *surface;
    const struct credential_rules *credentials; /* NULL: no authority, as in tests */
};

/* Writes the operation object of one row, under the name of its method. */
static void write_operation(const struct description *d, const struct route *row, writer *w)
{
    const struct access *access = policy_access(d->surface->policy, row);

    ensure(row->tag != NULL && row->summary != NULL && row->pattern[0] == '/');
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
    if (route_input(row)->query != NULL)
        params_describe_query(route_input(row)->query, w);
    write_end(w);
    write_form(row, w);
    write_json_body(row, w);
    write_responses(row, access, w);
    write_security(access, d->credentials, w);
    write_end(w);
}

/* Returns whether no earlier row has the same path. All rows of a path stand under one key, which
 * is written at the first of them. */
static bool is_first_of_path(const struct surface *surface, size_t row)
{
    ensure(row < surface->count);
    for (size_t i = 0; i < row; i++)
        if (strcmp(surface->rows[i].pattern, surface->rows[row].pattern) == 0)
            return false;
    return true;
}

/* Writes all rows with the path of this row, which must be the first of them. */
static void write_path(const struct description *d, size_t row, writer *w)
{
    const struct surface *surface = d->surface;
    ensure(row < surface->count);
    const char *pattern = surface->rows[row].pattern;

    write_key(w, pattern);
    write_object(w);
    for (size_t i = row; i < surface->count; i++)
        if (strcmp(surface->rows[i].pattern, pattern) == 0)
            write_operation(d, &surface->rows[i], w);
    write_end(w);
}

/* Writes where a client may put its credential. A token in the usual header is a bearer token; in
 * any other header OpenAPI calls it an API key. */
static void write_schemes(const struct credential_rules *where, writer *w)
{
    ensure(where == NULL || where->header != NULL);
    bool is_usual = where == NULL || strcmp(where->header, "Authorization") == 0;

    write_key(w, "securitySchemes");
    write_object(w);
    write_key(w, "bearer");
    write_object(w);
    write_member(w, "type", is_usual ? "http" : "apiKey");
    if (is_usual) {
        write_member(w, "scheme", "bearer");
        write_member(w, "bearerFormat", "JWT");
    } else {
        write_member(w, "in", "header");
        write_member(w, "name", where->header);
    }
    write_end(w);
    if (where != NULL && where->source != TOKEN_IN_HEADER) {
        ensure(where->cookie != NULL);
        write_key(w, "cookie");
        write_object(w);
        write_member(w, "type", "apiKey");
        write_member(w, "in", "cookie");
        write_member(w, "name", where->cookie);
        write_end(w);
    }
    write_end(w);
}

/* Writes the whole document. It is rendered once for each edition of the configuration, not for
 * each request. */
void openapi_write(const struct surface *surface, writer *w)
{
    const struct authority *authority = surface->authority;
    const struct description d = { surface,
                                   authority != NULL ? authority_credentials(authority) : NULL };

    ensure(surface->title != NULL && surface->version != NULL);
    write_object(w);
    write_member(w, "openapi", "3.1.0");
    write_key(w, "info");
    write_object(w);
    write_member(w, "title", surface->title);
    write_member_if(w, "description", surface->description);
    write_member(w, "version", surface->version);
    write_end(w);
    write_key(w, "paths");
    write_object(w);
    for (size_t i = 0; i < surface->count; i++)
        if (is_first_of_path(surface, i))
            write_path(&d, i, w);
    write_end(w);
    write_key(w, "components");
    write_object(w);
    write_schemes(d.credentials, w);
    write_end(w);
    write_end(w);
}

void openapi_get(struct call *call)
{
    call_json(call, 200, call->surface->openapi_json);
}

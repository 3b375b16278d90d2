/* Writes the OpenAPI 3.1 document from the route table. */
#include "web/openapi.h"

#include <pthread.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "web/call.h"
#include "web/openapi_internal.h"
#include "web/pages.h"
#include "web/policy.h"

enum { OPERATION_ID_MAX_BYTES = 512 };

/* Returns the method's key in a path item. */
static const char *method_key(enum method method)
{
    static const char *const keys[METHOD_COUNT] = {
        [GET] = "get",     [HEAD] = "head",     [POST] = "post",      [PUT] = "put",
        [PATCH] = "patch", [DELETE] = "delete", [OPTIONS] = "options"
    };

    ensure(method < METHOD_COUNT && keys[method] != NULL);
    return keys[method];
}

/* Writes a string parameter for each {name} of the pattern. */
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

/* Writes the request body of a form route. Only multipart is described, because client generators
 * would make a function for each encoding. */
static void write_form(const struct route *row, writer *w)
{
    if (route_input(row)->form == NULL)
        return;
    write_key(w, "requestBody");
    write_object(w);
    write_member_bool(w, "required", true);
    write_key(w, "content");
    write_object(w);
    write_key(w, "multipart/form-data");
    write_object(w);
    write_key(w, "schema");
    params_describe_form(route_input(row)->form, w);
    write_end(w);
    write_end(w);
    write_end(w);
}

/* Writes the request body of a JSON route. */
static void write_json_body(const struct route *row, writer *w)
{
    if (route_input(row)->json == NULL)
        return;
    write_key(w, "requestBody");
    write_object(w);
    write_member_bool(w, "required", route_input(row)->json_need != BODY_OPTIONAL);
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

/* Writes the required scopes, and the gate unless it is one of them. */
static void write_scopes(const struct description *d, const struct access *access, writer *w)
{
    const struct authority *authority = d->surface->authority;
    str rest = str_of(access->scope), scope;
    bool gate_is_written = access->gate == NULL;

    write_key(w, "x-required-scopes");
    write_array(w);
    if (access->kind == ACCESS_ADMIN)
        write_string(w, authority != NULL ? authority_admin_scope(authority) : "agent_os:admin");
    while (access_next(&rest, &scope)) {
        write_str(w, scope);
        gate_is_written = gate_is_written || str_equal(scope, str_of(access->gate));
    }
    if (!gate_is_written)
        write_string(w, access->gate);
    write_end(w);
}

/* Writes a security requirement for one scheme. Its scopes are in x-required-scopes. */
static void write_requirement(const char *scheme, writer *w)
{
    write_object(w);
    write_key(w, scheme);
    write_array(w);
    write_end(w);
    write_end(w);
}

/* Writes the required credential and scopes, unless none are required. */
static void write_security(const struct description *d, const struct access *access, writer *w)
{
    enum token_source source = d->credentials != NULL ? d->credentials->source : TOKEN_IN_HEADER;

    ensure(access->kind != ACCESS_UNSTATED && source <= TOKEN_IN_EITHER);
    if (access->kind == ACCESS_PUBLIC || d->is_open)
        return;
    write_key(w, "security");
    write_array(w); /* one of the requirements must be met */
    if (source != TOKEN_IN_COOKIE)
        write_requirement("bearer", w);
    if (source != TOKEN_IN_HEADER)
        write_requirement("cookie", w);
    write_end(w);
    write_scopes(d, access, w);
}

/* Appends "_" and the segment, without braces and with "_" for "-". */
static void append_segment(buf *id, str segment)
{
    buf_append_char(id, '_');
    for (size_t i = 0; i < segment.len; i++) {
        char c = segment.ptr[i];

        if (c == '{' || c == '}')
            continue;
        buf_append_char(id, c == '-' ? '_' : c);
    }
}

/* Writes the operation id: the route's own, or one such as "get_agents_agent_id". */
static void write_operation_id(const struct route *row, writer *w)
{
    AUTO_BUF id = buf_with_limit(OPERATION_ID_MAX_BYTES);
    str rest = str_of(row->pattern);

    if (row->id != NULL) {
        write_member(w, "operationId", row->id);
        return;
    }
    buf_append(&id, str_of(method_key(row->method)));
    while (rest.len > 0) {
        str segment = str_split(&rest, '/');

        if (segment.len > 0)
            append_segment(&id, segment);
    }
    ensure(buf_ok(&id)); /* patterns are constants of this program */
    write_key(w, "operationId");
    write_str(w, buf_view(&id));
}

/* Writes the route's tag as a list. */
static void write_tags(const struct route *row, writer *w)
{
    write_key(w, "tags");
    write_array(w);
    write_string(w, row->tag);
    write_end(w);
}

/* Writes the path and query parameters. */
static void write_parameters(const struct route *row, writer *w)
{
    const struct param *query = route_input(row)->query;

    write_key(w, "parameters");
    write_array(w);
    write_path_parameters(row->pattern, w);
    if (query != NULL)
        params_describe_query(query, w);
    write_end(w);
}

/* Writes the operation object of one route. */
static void write_operation(const struct description *d, const struct route *row, writer *w)
{
    const struct access *access = policy_access(d->surface->policy, row);

    ensure(row->tag != NULL && row->summary != NULL && row->pattern[0] == '/');
    write_key(w, method_key(row->method));
    write_object(w);
    write_tags(row, w);
    write_member(w, "summary", row->summary);
    write_operation_id(row, w);
    write_parameters(row, w);
    write_form(row, w);
    write_json_body(row, w);
    openapi_write_responses(d, row, w);
    write_security(d, access, w);
    write_end(w);
}

/* Returns whether no earlier route has the same path. */
static bool is_first_of_path(const struct surface *surface, size_t row)
{
    ensure(row < surface->count);
    for (size_t i = 0; i < row; i++)
        if (strcmp(surface->rows[i].pattern, surface->rows[row].pattern) == 0)
            return false;
    return true;
}

/* Writes all routes with this route's path, under one key. */
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

/* Writes the header scheme: bearer in the Authorization header, an API key in any other. */
static void write_header_scheme(const struct description *d, writer *w)
{
    const struct credential_rules *where = d->credentials;
    bool is_usual = where == NULL || strcmp(where->header, "Authorization") == 0;
    bool is_jwt =
        d->surface->authority == NULL || authority_mode(d->surface->authority) == AUTH_JWT;

    write_key(w, "bearer");
    write_object(w);
    write_member(w, "type", is_usual ? "http" : "apiKey");
    if (is_usual) {
        write_member(w, "scheme", "bearer");
        write_member_if(w, "bearerFormat", is_jwt ? "JWT" : NULL);
    } else {
        write_member(w, "in", "header");
        write_member(w, "name", where->header);
    }
    write_end(w);
}

/* Writes the cookie scheme. */
static void write_cookie_scheme(const struct credential_rules *where, writer *w)
{
    write_key(w, "cookie");
    write_object(w);
    write_member(w, "type", "apiKey");
    write_member(w, "in", "cookie");
    write_member(w, "name", where->cookie);
    write_end(w);
}

/* Writes the security schemes. An open server has none. */
static void write_schemes(const struct description *d, writer *w)
{
    const struct credential_rules *where = d->credentials;

    if (d->is_open)
        return;
    write_key(w, "securitySchemes");
    write_object(w);
    write_header_scheme(d, w);
    if (where != NULL && where->source != TOKEN_IN_HEADER)
        write_cookie_scheme(where, w);
    write_end(w);
}

/* Writes the title, description and version. */
static void write_info(const struct surface *surface, writer *w)
{
    ensure(surface->title != NULL && surface->version != NULL);
    write_key(w, "info");
    write_object(w);
    write_member(w, "title", surface->title);
    write_member_if(w, "description", surface->description);
    write_member(w, "version", surface->version);
    write_end(w);
}

/* Writes the whole document. */
void openapi_write(const struct surface *surface, writer *w)
{
    const struct authority *authority = surface->authority;
    const struct description d = {
        .surface = surface,
        .credentials = authority != NULL ? authority_credentials(authority) : NULL,
        .is_open = authority != NULL && authority_mode(authority) == AUTH_NONE,
    };

    write_object(w);
    write_member(w, "openapi", "3.1.0");
    write_info(surface, w);
    write_key(w, "paths");
    write_object(w);
    for (size_t i = 0; i < surface->count; i++)
        if (is_first_of_path(surface, i))
            write_path(&d, i, w);
    write_end(w);
    write_key(w, "components");
    write_object(w);
    openapi_write_schemas(surface, w);
    write_schemes(&d, w);
    write_end(w);
    write_end(w);
}

/* ---- the rendered document ---- */

struct openapi_document {
    pthread_mutex_t lock;
    buf text; /* empty until it is first asked for; then it does not change */
};

static void free_document(void *object)
{
    struct openapi_document *document = object;

    buf_clear(&document->text);
    pthread_mutex_destroy(&document->lock);
}

/* Creates a document that is rendered when a client first asks for it. */
struct openapi_document *openapi_document_new(arena *a)
{
    struct openapi_document *document = arena_alloc(a, sizeof(*document));

    pthread_mutex_init(&document->lock, NULL);
    document->text = buf_with_limit(OUTPUT_MAX_BYTES);
    arena_defer(a, free_document, document);
    return document;
}

/* Returns the surface's document, rendering it on the first call. Thread-safe. */
static str document_text(const struct surface *surface)
{
    struct openapi_document *document = surface->openapi;

    ensure(document != NULL);
    pthread_mutex_lock(&document->lock);
    if (document->text.len == 0)
        openapi_write(surface, &(writer){ .out = &document->text });
    pthread_mutex_unlock(&document->lock);
    return buf_view(&document->text);
}

void openapi_get(struct call *call)
{
    call_json(call, 200, document_text(call->surface));
}

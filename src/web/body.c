/* Parses JSON request bodies. */
#include "web/body.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "http/parameter.h"
#include "json/fault.h"

/* Returns whether the content type is application/json or application/ANYTHING+json. */
static bool has_json_type(const struct request *request, arena *a)
{
    struct parameters type;
    str text;

    if (!headers_find(&request->headers, STR("content-type"), &text) ||
        parameters_parse(a, text, &type, NULL) != AGENTOS_OK)
        return false;
    str subtype = str_trim(type.head), kind = str_split(&subtype, '/');
    if (!str_equal_nocase(kind, STR("application")))
        return false;
    return str_equal_nocase(subtype, STR("json")) ||
           (subtype.len > 5 && str_equal_nocase(str_from(subtype, subtype.len - 5), STR("+json")));
}

/* Adds the problem of a body without a JSON content type. */
static void add_not_an_object(struct problems *problems, str body, arena *a)
{
    problems_add(problems,
                 &(struct problem){ .type = "model_attributes_type",
                                    .where = "body",
                                    .message = "Input should be a valid dictionary or "
                                               "object to extract fields from",
                                    .input = str_is_utf8(body) ? arena_copy(a, body) : NULL });
}

/* Adds the problem of a body that is not valid JSON, with its position. */
static void add_json_fault(struct problems *problems, str body, arena *a,
                           const agentos_error *refusal)
{
    ensure(body.len > 0);
    AUTO_BUF ctx = buf_with_limit(4 * KiB); /* for one escaped sentence */
    writer w = { .out = &ctx };
    struct json_fault fault = json_find_fault(body);

    write_object(&w);
    write_member(&w, "error", fault.message != NULL ? fault.message : refusal->message);
    write_end(&w);
    problems_add(problems, &(struct problem){ .type = "json_invalid",
                                              .where = "body",
                                              .has_position = true,
                                              .position = fault.at,
                                              .message = "JSON decode error",
                                              .input_raw = "{}",
                                              .ctx = arena_copy(a, buf_view(&ctx)) });
}

/* Adds the problem of a body with more than CLIENT_JSON_VALUES_MAX values. */
static void add_too_many_values(struct problems *problems)
{
    problems_add(problems, &(struct problem){ .type = "too_long",
                                              .where = "body",
                                              .message = "JSON should have at most 20000 values" });
}

/* Checks the content type and the number of values. Returns false if it added a problem. */
static bool check_body(const struct request *request, arena *a, struct problems *problems)
{
    if (!has_json_type(request, a)) {
        add_not_an_object(problems, request->body, a);
        return false;
    }
    if (json_has_more_values(request->body, CLIENT_JSON_VALUES_MAX)) {
        add_too_many_values(problems);
        return false;
    }
    return true;
}

/* Parses the body into *out, owned by the arena; NULL if it is empty or null. Returns false if it
 * added a problem. */
bool body_parse(const struct request *request, arena *a, const json_t **out,
                struct problems *problems)
{
    json_t *json = NULL;
    agentos_error refusal;

    ensure(problems != NULL && a != NULL);
    *out = NULL;
    if (request->body.len == 0)
        return true;
    if (!check_body(request, a, problems))
        return false;
    if (json_parse_owned(request->body, PARSE_SCALARS_TOO, &json, &refusal) != AGENTOS_OK) {
        add_json_fault(problems, request->body, a, &refusal);
        return false;
    }
    const json_t *kept = json_keep(a, json);
    *out = json_is_null(kept) ? NULL : kept;
    return true;
}

/* Like body_parse, but requires a body other than null. */
bool body_parse_required(const struct request *request, arena *a, const json_t **out,
                         struct problems *problems)
{
    if (!body_parse(request, a, out, problems))
        return false;
    if (*out == NULL)
        problems_add_missing(problems, "body", NULL);
    return *out != NULL;
}

/* Renders the member's value as JSON text in *out, or NULL if the member is absent. */
agentos_status body_text(const struct body_member *member, arena *a, const char **out,
                         agentos_error *err)
{
    ensure(member->name != NULL && member->max_bytes > 0);
    AUTO_BUF text = buf_with_limit(member->max_bytes);

    *out = NULL;
    if (member->value == NULL)
        return AGENTOS_OK;
    write_json(&(writer){ .out = &text }, member->value);
    if (!buf_ok(&text))
        return fail(err, AGENTOS_TOO_LARGE, "%s is longer than %zu bytes", member->name,
                    member->max_bytes);
    if (json_is_deeper(buf_view(&text), STORED_JSON_MAX_DEPTH))
        return fail(err, AGENTOS_UNPROCESSABLE, "%s is nested deeper than %d levels", member->name,
                    STORED_JSON_MAX_DEPTH);
    *out = arena_copy(a, buf_view(&text));
    return AGENTOS_OK;
}

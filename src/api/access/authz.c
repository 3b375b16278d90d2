/* Implements POST /authz/explain and GET /authz/whoami. */
#include "api/routes.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "web/body.h"
#include "web/explain.h"
#include "json/fields.h"

/* ---- POST /authz/explain ---- */

/* The body, borrowed from the parsed JSON. */
struct explain_body {
    const char *method, *path, *token;
};

// clang-format off
const struct field authz_explain_fields[] = {
    FIELD(struct explain_body, method, REQUIRED, .doc = "The method of the request to explain."),
    FIELD(struct explain_body, path,   REQUIRED, .doc = "The path of that request."),
    FIELD(struct explain_body, token,  OPTIONAL, .doc = "The token of that request; without it, the request has no token."),
    FIELDS_END,
};
// clang-format on

// clang-format off
static const struct member step_members[] = {
    SHOW(struct explain_step, name, ALWAYS_THERE),
    SHOW(struct explain_step, passed, ALWAYS_THERE),
    SHOW(struct explain_step, detail, ALWAYS_THERE),
    MEMBERS_END,
};
// clang-format on
static const struct shape step_shape = { .name = "ExplainedStep", .parts = { step_members } };

/* The record of the answer. */
struct explanation_view {
    const struct explanation *why;
    bool allowed;
    int64_t status; /* 0 if allowed, written as null */
    const char *detail, *advice;
};

static void write_steps(const void *record, writer *w)
{
    const struct explanation *why = ((const struct explanation_view *)record)->why;

    write_array(w);
    for (size_t i = 0; i < why->count; i++)
        shape_write(&step_shape, &why->steps[i], ABSENT_NULL, w);
    write_end(w);
}

// clang-format off
static const struct member explanation_members[] = {
    SHOW(struct explanation_view, allowed, ALWAYS_THERE),
    SHOW(struct explanation_view, status, OR_NULL, .is_positive = true),
    SHOW(struct explanation_view, detail, OR_NULL),
    SHOW_WRITTEN(VALUE_OBJECT, "steps", write_steps, ALWAYS_THERE, .is_list = true, .shape = &step_shape),
    SHOW(struct explanation_view, advice, OR_NULL),
    MEMBERS_END,
};
// clang-format on
const struct shape explanation_shape = { .name = "Explanation", .parts = { explanation_members } };

/* Answers with the verdict and the steps of the decision. */
static void answer_explanation(struct call *call, const struct explanation *why,
                               struct explain_verdict verdict)
{
    AUTO_BUF body = buf_with_limit(1 * MiB);
    bool allowed = verdict.status == 0;
    const struct explanation_view view = { .why = why,
                                           .allowed = allowed,
                                           .status = verdict.status,
                                           .detail = verdict.detail,
                                           .advice = allowed ? NULL : why->advice };

    shape_write(&explanation_shape, &view, ABSENT_NULL, &(writer){ .out = &body });
    call_buf(call, &body);
}

/* Reads the body into *out. Answers and returns false if the body is invalid. */
static bool read_question(struct call *call, arena *a, struct explain_body *out)
{
    AUTO_PROBLEMS problems = problems_none();
    const json_t *value = NULL;

    if (body_parse_required(call->request, a, &value, &problems) &&
        fields_read(authz_explain_fields, value, out, "body", &problems))
        return true;
    call_invalid(call, &problems);
    return false;
}

/* Authorizes the described request without calling its handler. */
void authz_explain(struct call *call)
{
    const struct surface *surface = call->surface;
    struct explanation why = { .arena = call->arena };
    AUTO(arena) *parsed = arena_new(); /* freed on return */
    struct explain_body body = { 0 };
    struct request request;
    agentos_error err;

    if (!read_question(call, parsed, &body))
        return;
    const struct explain_question question = { body.method, body.path, str_of(body.token) };
    if (explain_request(call->arena, surface, &question, &request, &err) != AGENTOS_OK)
        call_fail(call, &err);
    else
        answer_explanation(call, &why, explain_decision(surface, &request, &why));
}

/* ---- GET /authz/whoami ---- */

static const char *const kinds[] = {
    [PRINCIPAL_NONE] = "none",
    [PRINCIPAL_ANONYMOUS] = "anonymous",
    [PRINCIPAL_OPEN] = "open",
    [PRINCIPAL_TOKEN] = "token",
    [PRINCIPAL_KEY] = "security_key",
    [PRINCIPAL_INTERNAL] = "internal",
    [PRINCIPAL_SERVICE_ACCOUNT] = "service_account",
    [PRINCIPAL_KINDS] = NULL,
};

static const char *kind_of(const void *record)
{
    const struct principal *who = record;

    ensure(who->kind < PRINCIPAL_KINDS);
    return kinds[who->kind];
}

/* Writes a list of strings. */
static void write_texts(writer *w, const str *texts, size_t count)
{
    write_array(w);
    for (size_t i = 0; i < count; i++)
        write_str(w, texts[i]);
    write_end(w);
}

static void write_scopes(const void *record, writer *w)
{
    const struct principal *who = record;

    write_texts(w, who->scopes, who->scope_count);
}

static void write_roles(const void *record, writer *w)
{
    const struct principal *who = record;

    write_texts(w, who->roles, who->role_count);
}

// clang-format off
static const struct member caller_members[] = {
    SHOW_TEXT("kind", kind_of, ALWAYS_THERE, .words = kinds),
    SHOW(struct principal, issuer, OR_NULL),
    SHOW(struct principal, user_id, OR_NULL),
    SHOW(struct principal, session_id, OR_NULL),
    SHOW(struct principal, tenant, OR_NULL),
    SHOW_WRITTEN(VALUE_STRING, "scopes", write_scopes, ALWAYS_THERE, .is_list = true),
    SHOW_WRITTEN(VALUE_STRING, "roles", write_roles, ALWAYS_THERE, .is_list = true),
    SHOW(struct principal, is_admin, ALWAYS_THERE),
    SHOW_TYPED(VALUE_TIME, "expires_at", struct principal, expires_at, OR_NULL, .is_positive = true),
    MEMBERS_END,
};
// clang-format on
const struct shape caller_shape = { .name = "Caller", .parts = { caller_members } };

void authz_whoami(struct call *call)
{
    AUTO_BUF body = buf_with_limit(64 * KiB);

    shape_write(&caller_shape, call->principal, ABSENT_NULL, &(writer){ .out = &body });
    call_buf(call, &body);
}

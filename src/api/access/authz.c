/* Implements POST /authz/explain, which explains why a request would be admitted or refused, and
 * GET /authz/whoami, which describes the caller. */
#include "api/routes.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "web/body.h"
#include "web/explain.h"
#include "json/fields.h"

/* ---- POST /authz/explain ---- */

/* The members of the body. They are borrowed from the parsed body. */
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

/* Writes the steps of the decision, in their order. */
static void write_steps(const struct explanation *why, writer *w)
{
    write_key(w, "steps");
    write_array(w);
    for (size_t i = 0; i < why->count; i++) {
        write_object(w);
        write_member(w, "name", why->steps[i].name);
        write_member_bool(w, "passed", why->steps[i].passed);
        write_member(w, "detail", why->steps[i].detail);
        write_end(w);
    }
    write_end(w);
}

/* Answers whether the explained request would be admitted, with the steps of the decision. The
 * status of an admitted request is 0, which is written as null. */
static void answer_explanation(struct call *call, const struct explanation *why,
                               struct explain_verdict verdict)
{
    AUTO_BUF body = buf_with_limit(1 * MiB);
    writer w = { .out = &body };
    bool allowed = verdict.status == 0;

    write_object(&w);
    write_member_bool(&w, "allowed", allowed);
    write_key(&w, "status");
    if (allowed)
        write_null(&w);
    else
        write_integer(&w, verdict.status);
    write_member(&w, "detail", verdict.detail);
    write_steps(why, &w);
    write_member(&w, "advice", allowed ? NULL : why->advice);
    write_end(&w);
    call_buf(call, &body);
}

/* Reads the body into *out, which is valid as long as the arena. Returns false if the body is
 * faulty, and the call has been answered. */
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

/* Decides about the request in the body as if it had been sent, without sending it to a handler. */
void authz_explain(struct call *call)
{
    const struct surface *surface = call->surface;
    struct explanation why = { .arena = call->arena };
    AUTO(arena) *parsed = arena_new(); /* gone when the call has been answered */
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

/* Writes when the caller's credentials expire; null for 0, which means never. */
static void write_expiry(int64_t expires_at, writer *w)
{
    char text[CLOCK_TEXT_SIZE];

    write_member(w, "expires_at", expires_at > 0 ? clock_iso8601(expires_at, text) : NULL);
}

/* Writes a member that is a list of texts. */
static void write_names(writer *w, const char *member, const str *names, size_t count)
{
    write_key(w, member);
    write_array(w);
    for (size_t i = 0; i < count; i++)
        write_str(w, names[i]);
    write_end(w);
}

/* Answers with the caller's identity and rights. */
void authz_whoami(struct call *call)
{
    static const char *const kinds[PRINCIPAL_KINDS] = {
        [PRINCIPAL_NONE] = "none",
        [PRINCIPAL_ANONYMOUS] = "anonymous",
        [PRINCIPAL_OPEN] = "open",
        [PRINCIPAL_TOKEN] = "token",
        [PRINCIPAL_KEY] = "security_key",
        [PRINCIPAL_INTERNAL] = "internal",
        [PRINCIPAL_SERVICE_ACCOUNT] = "service_account",
    };
    const struct principal *who = call->principal;
    AUTO_BUF body = buf_with_limit(64 * KiB);
    writer w = { .out = &body };

    ensure(who->kind < PRINCIPAL_KINDS);
    write_object(&w);
    write_member(&w, "kind", kinds[who->kind]);
    write_member(&w, "issuer", who->issuer);
    write_member(&w, "user_id", who->user_id);
    write_member(&w, "session_id", who->session_id);
    write_member(&w, "tenant", who->tenant);
    write_names(&w, "scopes", who->scopes, who->scope_count);
    write_names(&w, "roles", who->roles, who->role_count);
    write_member_bool(&w, "is_admin", who->is_admin);
    write_expiry(who->expires_at, &w);
    write_end(&w);
    call_buf(call, &body);
}

/* Explains an authorization decision step by step. */
#include "web/explain.h"

#include "auth/explain/refusal_notes.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "http/target.h"
#include "web/admission.h"

/* Returns the header in which a client would send the token to this server. */
static struct header place_token(arena *a, const struct credential_rules *rules, str token)
{
    ensure(rules->header != NULL);
    ensure(rules->source != TOKEN_IN_COOKIE || rules->cookie != NULL);
    if (rules->source == TOKEN_IN_COOKIE) {
        const char *pair = arena_printf(a, "%s=%.*s", rules->cookie, (int)token.len, token.ptr);

        return (struct header){ STR("cookie"), str_of(pair) };
    }
    const char *bearer = arena_printf(a, "Bearer %.*s", (int)token.len, token.ptr);
    return (struct header){ str_of(rules->header), str_of(bearer) };
}

/* Builds the request to explain. Fails with INVALID for an unknown method or a malformed path. */
agentos_status explain_request(arena *a, const struct surface *surface,
                               const struct explain_question *question, struct request *out,
                               agentos_error *err)
{
    ensure(question->method != NULL && question->target != NULL);
    struct header *header = arena_alloc(a, sizeof(*header));
    str token = question->token;
    struct refusal why = { 0 };

    *header = place_token(a, authority_credentials(surface->authority), token);
    *out = (struct request){
        .method = method_find(str_of(question->method)),
        .target = str_of(question->target),
        .headers = { header, token.len > 0 ? 1 : 0 },
        .peer = "127.0.0.1",
    };
    if (out->method == METHOD_OTHER)
        return fail(err, AGENTOS_INVALID, "no method " QUOTED ": GET, POST, PUT, PATCH or DELETE",
                    QUOTE(str_of(question->method)));
    if (question->target[0] != '/')
        return fail(err, AGENTOS_INVALID, "the path must begin with a slash");
    if (!target_read(a, out, &why))
        return fail(err, AGENTOS_INVALID, "malformed path: %s", why.detail);
    return AGENTOS_OK;
}

/* Describes the required access, such as "agents:read and agents:run" or "any valid token". */
static const char *describe_demand(arena *a, const struct access *access)
{
    ensure(access->kind != ACCESS_UNSTATED);
    if (access->kind == ACCESS_PUBLIC)
        return "public";
    if (access->kind == ACCESS_TOKEN)
        return "any valid token";
    if (access->kind == ACCESS_ADMIN)
        return "the admin scope";
    if (access->scope == NULL || access->gate == NULL || strcmp(access->scope, access->gate) == 0)
        return access->scope != NULL ? access->scope : access->gate;
    return arena_printf(a, "%s and %s", access->scope, access->gate);
}

/* Adds the step for the route and the access that it requires. */
static void explain_route(const struct admission *admission)
{
    const struct route *row = admission->row;
    struct explanation *why = admission->why;

    ensure(row != NULL || admission->match == MATCH_NONE);
    if (row == NULL) {
        explain(why, "route", admission->surface->otherwise != NULL,
                "no such path; without a valid token the answer is 401, not 404");
        return;
    }
    if (admission->match == MATCH_OTHER_METHOD) {
        explain(why, "route", false, "%s takes other methods", row->pattern);
        return;
    }
    const struct access *access = admission_access(admission);
    bool is_configured = access->kind != row->access.kind || access->scope != row->access.scope;
    explain(why, "route", true, "%s %s requires: %s%s", method_name(row->method), row->pattern,
            describe_demand(why->arena, access), is_configured ? ", by configuration" : "");
}

/* Advises which scope to grant, or a narrower one if the path names a resource. */
static void advise_scopes(struct explanation *why, const struct access *access, str id)
{
    ensure(access->kind != ACCESS_PUBLIC); /* a public route is never refused */
    const char *demand = describe_demand(why->arena, access);
    const char *last_text = access->gate != NULL ? access->gate : access->scope;
    struct scope last = { 0 };

    if (why->is_capped) {
        explain_advice(why, "give the token %s, and add it to the issuer's grants", demand);
        return;
    }
    if (access->kind == ACCESS_TOKEN || access->kind == ACCESS_ADMIN) {
        explain_advice(why, "give the token %s", demand);
        return;
    }
    if (id.len == 0 || !scope_parse(str_of(last_text), &last))
        explain_advice(why, "give the token the scope %s", demand);
    else
        explain_advice(why, "give the token the scope %s, or for this one only %.*s:%.*s:%.*s",
                       demand, (int)last.resource.len, last.resource.ptr, (int)id.len, id.ptr,
                       (int)last.action.len, last.action.ptr);
}

/* Adds the step for the scopes, with advice if the caller lacks one. */
static void explain_scope(const struct admission *admission, enum admitted result,
                          const agentos_error *err)
{
    const struct access *access = admission_access(admission);
    struct explanation *why = admission->why;

    ensure(result == ADMITTED || err->status != AGENTOS_OK);
    explain_left_out(why);
    if (result == ADMITTED) {
        explain(why, "access", true, "%s",
                access->kind == ACCESS_PUBLIC ? "public" : "the caller has the required access");
        return;
    }
    explain(why, "access", false, "%s", err->message);
    advise(why, NULL, refusal_of(err));
    if (why->advice == NULL) /* the refusal has no advice of its own */
        advise_scopes(why, access, route_resource_id(&admission->params));
}

/* Adds the step for user isolation: whose data the caller can reach. */
static void explain_isolation(const struct admission *admission)
{
    const struct principal *principal = admission->principal;
    struct explanation *why = admission->why;

    ensure(principal != NULL);
    if (admission_access(admission)->kind == ACCESS_PUBLIC)
        return;
    switch (isolation_of(principal, authority_isolates(admission->surface->authority))) {
    case ISOLATION_PINNED:
        explain(why, "isolation", true, "can only reach the data of " QUOTED,
                QUOTE(str_of(principal->user_id)));
        return;
    case ISOLATION_LIFTED:
        explain(why, "isolation", true, "can reach the data of every user");
        return;
    case ISOLATION_REFUSED:
        explain(why, "isolation", false, "the token has no user, which user isolation requires");
        explain_advice(why, "give the token a subject");
    }
}

/* Adds the step for one check. Checks that nearly always pass are reported only if they fail. */
static void explain_question(const struct admission *admission, enum question asked,
                             enum admitted result, const agentos_error *err)
{
    ensure(admission->why != NULL && asked < QUESTIONS);
    switch (asked) {
    case QUESTION_ROUTE: explain_route(admission); return;
    case QUESTION_SCOPE: explain_scope(admission, result, err); return;
    case QUESTION_ISOLATION: explain_isolation(admission); return;
    case QUESTION_TARGET:
    case QUESTION_HOST:
    case QUESTION_ORIGIN:
    case QUESTION_BUILT:
        if (result == ADMITTED)
            return;
        explain(admission->why, question_name(asked), false, "%s", err->message);
        advise(admission->why, NULL, refusal_of(err));
        return;
    case QUESTION_PREFLIGHT:
    case QUESTION_CREDENTIAL:
    case QUESTION_FOUND: /* explain_route covers this */
    case QUESTIONS: return;
    }
}

/* Judges the request and records each step in `why`, without fetching keys or caching the token. */
struct explain_verdict explain_decision(const struct surface *surface,
                                        const struct request *request, struct explanation *why)
{
    ensure(why->arena != NULL);
    struct admission admission = {
        .surface = surface,
        .request = request,
        .arena = why->arena,
        .now_s = clock_now_s(),
        .why = why,
        .listen = explain_question,
    };
    agentos_error err;

    enum admitted result = admission_judge(&admission, &err);
    if (result == ADMITTED || result == IS_PREFLIGHT)
        return (struct explain_verdict){ 0, NULL };
    ensure(admission.status >= 400);
    return (struct explain_verdict){ admission.status,
                                     arena_copy(why->arena, str_of(err.message)) };
}

/* The way of dispatch.c, with an explanation in hand: the same table, the same authentication, the
 * same authorization. */
#include "web/explain.h"

#include "auth/explain/advice.h"
#include "auth/scope/isolation.h"
#include "base/clock.h"
#include "http/target.h"
#include "web/policy.h"

static struct header place_token(arena *a, const struct credential_rules *rules, str token)
{
    if (rules->source == TOKEN_IN_COOKIE)
        return (struct header){ STR("cookie"), str_of(arena_printf(a, "%s=%.*s", rules->cookie,
                                                                   (int)token.len, token.ptr)) };
    return (struct header){ str_of(rules->header),
                            str_of(arena_printf(a, "Bearer %.*s", (int)token.len, token.ptr)) };
}

agentos_status explain_request(arena *a, const struct surface *surface,
                               const struct explain_question *question, struct request *out,
                               agentos_error *err)
{
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
    if (question->target[0] != '/' || !target_read(a, out, &why))
        return fail(err, AGENTOS_INVALID, "the path begins with a slash");
    return AGENTOS_OK;
}

static struct explain_verdict refused(arena *a, const agentos_error *err)
{
    return (struct explain_verdict){ agentos_status_http(err->status),
                                     arena_copy(a, str_of(err->message)) };
}

static const char *demand_of(arena *a, const struct access *access)
{
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

static void explain_route(const struct policy *policy, struct explanation *why, enum match match,
                          const struct route *row)
{
    const struct access *access = row != NULL ? policy_access(policy, row) : NULL;

    if (row == NULL)
        explain(why, "route", false, "no such path, which only the holder of a token is told");
    else if (match == MATCH_OTHER_METHOD)
        explain(why, "route", false, "%s takes other methods", row->pattern);
    else
        explain(why, "route", true, "%s %s asks for: %s%s", method_name(row->method), row->pattern,
                demand_of(why->arena, access),
                access->kind != row->access.kind || access->scope != row->access.scope
                    ? ", by configuration"
                    : "");
}

/* A per-resource scope is the narrower way, where the path names a resource. */
static void advise_scopes(struct explanation *why, const struct access *access, str id)
{
    const char *demand = demand_of(why->arena, access);
    struct scope last = { 0 };

    if (why->is_capped) {
        explain_advice(why, "give the token %s, and let the issuer's grants list it", demand);
        return;
    }
    if (access->kind == ACCESS_TOKEN || access->kind == ACCESS_ADMIN) {
        explain_advice(why, "give the token %s", demand);
        return;
    }
    if (id.len == 0 ||
        !scope_parse(str_of(access->gate != NULL ? access->gate : access->scope), &last))
        explain_advice(why, "give the token the scope %s", demand);
    else
        explain_advice(why, "give the token the scope %s, or for this one alone %.*s:%.*s:%.*s",
                       demand, (int)last.resource.len, last.resource.ptr, (int)id.len, id.ptr,
                       (int)last.action.len, last.action.ptr);
}

static struct explain_verdict decide_access(const struct access *access,
                                            const struct params *params,
                                            const struct principal *principal,
                                            struct explanation *why)
{
    str id = route_resource_id(params);
    agentos_error err;

    explain_left_out(why);
    if (authorize(access, principal, id, &err) == AGENTOS_OK) {
        explain(why, "access", true, "%s",
                access->kind == ACCESS_PUBLIC ? "open to everybody"
                                              : "the caller holds what the route asks for");
        return (struct explain_verdict){ 0, NULL };
    }
    explain(why, "access", false, "%s", err.message);
    advise(why, err.message);
    if (why->advice == NULL) /* more scopes would help */
        advise_scopes(why, access, id);
    return refused(why->arena, &err);
}

/* Whose rows he would reach. */
static struct explain_verdict decide_isolation(const struct authority *authority,
                                               const struct principal *principal,
                                               struct explanation *why)
{
    switch (isolation_of(principal, authority_isolates(authority))) {
    case ISOLATION_PINNED:
        explain(why, "isolation", true, "reaches only what belongs to " QUOTED,
                QUOTE(str_of(principal->user_id)));
        break;
    case ISOLATION_LIFTED:
        explain(why, "isolation", true, "reaches what belongs to any user");
        break;
    case ISOLATION_REFUSED:
        explain(why, "isolation", false, "the token names no user, where users are kept apart");
        explain_advice(why, "give the token a subject");
        return (struct explain_verdict){ 403, "Authenticated request is missing a user identity" };
    }
    return (struct explain_verdict){ 0, NULL };
}

/* The order of the server: the path is looked up first, but answers only after authentication. */
struct explain_verdict explain_decision(const struct surface *surface,
                                        const struct request *request, struct explanation *why)
{
    const struct policy *policy = surface->policy;
    const struct authenticating how = {
        .request = request, .now_s = clock_now_s(), .arena = why->arena, .why = why
    };
    const struct route *row = NULL;
    struct params params;
    agentos_error err;

    if (!request->is_plain_path) {
        explain(why, "path", false, "it hides a separator or climbs");
        return (struct explain_verdict){
            400, "The path holds an encoded slash, a backslash, NUL or a dot segment"
        };
    }
    enum match match = route_find(surface, request->method, request->path, &params, &row);
    const struct principal *principal = policy_anonymous(policy, row);
    explain_route(policy, why, match, row);
    if (policy_needs_credential(policy, request->method, row) &&
        authenticate(surface->authority, &how, &principal, &err) != AGENTOS_OK)
        return refused(why->arena, &err);
    if (match == MATCH_NONE)
        return (struct explain_verdict){ 404, "Not Found" };
    if (match == MATCH_OTHER_METHOD)
        return (struct explain_verdict){ 405, "Method Not Allowed" };
    const struct access *access = policy_access(policy, row);
    struct explain_verdict verdict = decide_access(access, &params, principal, why);
    return verdict.status != 0 || access->kind == ACCESS_PUBLIC
               ? verdict
               : decide_isolation(surface->authority, principal, why);
}

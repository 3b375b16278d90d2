/* Decides whether a request is admitted, by a fixed sequence of checks. */
#include "web/admission.h"

#include "auth/authority.h"
#include "base/ensure.h"
#include "base/mem.h"
#include "base/refusals.h"
#include "web/host.h"
#include "web/policy.h"

/* Sets how the refusal in err is answered, and returns REFUSED. */
static enum admitted refuse_as(struct admission *admission, enum answer_kind kind)
{
    admission->answer_as = kind;
    return REFUSED;
}

/* ---- the questions ---- */

/* Refuses an ambiguous path, such as one with an encoded slash, with 400. */
static enum admitted check_target(struct admission *admission, agentos_error *err)
{
    if (admission->request->is_plain_path)
        return ADMITTED;
    (void)refuse(err, REFUSAL_PATH_AMBIGUOUS);
    return refuse_as(admission, ANSWER_PLAIN);
}

/* Refuses a Host header that an open server does not serve, with 400 (see host.h). */
static enum admitted check_host(struct admission *admission, agentos_error *err)
{
    if (host_is_allowed(admission->surface, &admission->request->headers))
        return ADMITTED;
    (void)refuse(err, REFUSAL_HOST_REFUSED);
    return refuse_as(admission, ANSWER_PLAIN);
}

/* Refuses a cross-site request that changes something on an open server, with 403 (see host.h). */
static enum admitted check_origin(struct admission *admission, agentos_error *err)
{
    if (origin_is_allowed(admission->surface, admission->request))
        return ADMITTED;
    (void)refuse(err, REFUSAL_ORIGIN_REFUSED);
    return refuse_as(admission, ANSWER_PLAIN);
}

/* Returns IS_PREFLIGHT for a CORS preflight, which never carries a credential. */
static enum admitted check_preflight(struct admission *admission, agentos_error *err)
{
    (void)err; /* never refused */
    return cors_is_preflight(admission->request) ? IS_PREFLIGHT : ADMITTED;
}

/* Finds the route. Admits an unknown path too: only authenticated callers may learn which paths
 * exist. */
static enum admitted find_route(struct admission *admission, agentos_error *err)
{
    (void)err; /* never refused */
    admission->match = route_find(admission->surface, admission->request->method,
                                  admission->request->path, &admission->params, &admission->row);
    ensure((admission->row == NULL) == (admission->match == MATCH_NONE));
    return ADMITTED;
}

/* Authenticates the caller. On failure admission->principal stays the anonymous principal. */
static agentos_status identify_caller(struct admission *admission, agentos_error *err)
{
    const struct surface *surface = admission->surface;
    const struct auth_request how = { .cache = admission->tokens,
                                      .request = admission->request,
                                      .now_s = admission->now_s,
                                      .arena = admission->arena,
                                      .why = admission->why,
                                      .missing_key =
                                          admission->may_wait ? &admission->missing_key : NULL };

    if (surface->who != NULL)
        return surface->who(surface, &how, &admission->principal, err);
    return authenticate(surface->authority, &how, &admission->principal, err);
}

/* Requires a credential unless the route is public. 401 and 429 are denials; two credentials are a
 * 400. */
static enum admitted check_credential(struct admission *admission, agentos_error *err)
{
    const struct policy *policy = admission->surface->policy;

    admission->missing_key = (struct missing_key){ .keys = NULL };
    admission->principal = policy_anonymous(policy, admission->row);
    if (!policy_needs_credential(policy, admission->row) ||
        identify_caller(admission, err) == AGENTOS_OK)
        return ADMITTED;
    ensure(admission->principal != NULL); /* the audit log names refused callers too */
    bool is_denial = err->status == AGENTOS_UNAUTHENTICATED || err->status == AGENTOS_TOO_MANY;
    enum admitted refused = refuse_as(admission, is_denial ? ANSWER_DENIAL : ANSWER_CREDENTIAL);
    return admission->may_wait && admission->missing_key.keys != NULL ? WAITS_FOR_KEYS : refused;
}

/* Refuses an unknown path with 404, and an unsupported method with 405. */
static enum admitted check_found(struct admission *admission, agentos_error *err)
{
    if (admission->match == MATCH_FOUND) {
        ensure(admission->row != NULL);
        admission->route = admission->row;
        return ADMITTED;
    }
    if (admission->match == MATCH_NONE && admission->surface->otherwise != NULL)
        return ADMITTED;
    if (admission->match == MATCH_OTHER_METHOD)
        admission->status = 405;
    (void)fail(err, AGENTOS_NOT_FOUND, "%s",
               admission->match == MATCH_NONE ? "Not Found" : "Method Not Allowed");
    return refuse_as(admission, ANSWER_PLAIN);
}

/* Refuses a caller who lacks a required scope with 403, and keeps the scope for the challenge. */
static enum admitted check_scope(struct admission *admission, agentos_error *err)
{
    const struct access *access = admission_access(admission);

    ensure(admission->principal != NULL);
    if (authorize(access, admission->principal, route_resource_id(&admission->params), err) ==
        AGENTOS_OK)
        return ADMITTED;
    admission->demand = access->scope != NULL ? access->scope : access->gate;
    return refuse_as(admission, err->status == AGENTOS_FORBIDDEN ? ANSWER_DENIAL : ANSWER_PLAIN);
}

/* Refuses a token without a user with 403, if users are isolated. */
static enum admitted check_isolation(struct admission *admission, agentos_error *err)
{
    bool isolates = authority_isolates(admission->surface->authority);

    ensure(admission->principal != NULL);
    if (admission_access(admission)->kind == ACCESS_PUBLIC ||
        isolation_of(admission->principal, isolates) != ISOLATION_REFUSED)
        return ADMITTED;
    (void)refuse(err, REFUSAL_USER_MISSING);
    return refuse_as(admission, ANSWER_DENIAL);
}

/* Refuses a route without a handler with 501. */
static enum admitted check_built(struct admission *admission, agentos_error *err)
{
    const struct route *route = admission->route;

    ensure(route == NULL || route == admission->row);
    if (route == NULL || route->answer != NULL)
        return ADMITTED;
    (void)fail(err, AGENTOS_NOT_BUILT, "%s %s is not supported in this version",
               method_name(route->method), route->pattern);
    return refuse_as(admission, ANSWER_PLAIN);
}

/* ---- their order ---- */

/* `again`: checked again after the body was read, because rights may be revoked meanwhile. */
static const struct {
    const char *name;
    enum admitted (*ask)(struct admission *admission, agentos_error *err);
    bool again;
} questions[QUESTIONS] = {
    [QUESTION_TARGET] = { "target", check_target, false },
    [QUESTION_HOST] = { "host", check_host, false },
    [QUESTION_ORIGIN] = { "origin", check_origin, false },
    [QUESTION_PREFLIGHT] = { "preflight", check_preflight, false },
    [QUESTION_ROUTE] = { "route", find_route, false },
    [QUESTION_CREDENTIAL] = { "credential", check_credential, true },
    [QUESTION_FOUND] = { "found", check_found, false },
    [QUESTION_SCOPE] = { "scope", check_scope, true },
    [QUESTION_ISOLATION] = { "isolation", check_isolation, true },
    [QUESTION_BUILT] = { "built", check_built, false },
};

/* Runs one check, sets the HTTP status of a refusal, and calls the listener if there is one. */
static enum admitted ask_question(struct admission *admission, enum question asked,
                                  agentos_error *err)
{
    enum admitted result = questions[asked].ask(admission, err);
    bool is_refused = result == REFUSED || result == WAITS_FOR_KEYS;

    ensure(result != WAITS_FOR_KEYS || admission->missing_key.keys != NULL);
    ensure(!is_refused || err->status != AGENTOS_OK);
    if (is_refused && admission->status == 0)
        admission->status = agentos_status_http(err->status);
    if (admission->listen != NULL)
        admission->listen(admission, asked, result, err);
    return result;
}

/* Runs the checks in order until one does not return ADMITTED. Runs only those marked `again` after
 * the body was read. */
enum admitted admission_judge(struct admission *admission, agentos_error *err)
{
    enum admitted result = ADMITTED;

    ensure(admission->surface->authority != NULL);
    ensure(admission->arena != NULL);
    ensure(!admission->has_body || admission->route != NULL);
    admission->status = 0;
    for (enum question i = 0; i < QUESTIONS && result == ADMITTED; i++)
        if (!admission->has_body || questions[i].again)
            result = ask_question(admission, i, err);
    ensure(result != ADMITTED || admission->principal != NULL);
    return result;
}

const char *question_name(enum question question)
{
    ensure(question < QUESTIONS);
    return questions[question].name;
}

/* Returns the access that the policy requires. An unknown path requires any valid credential. */
const struct access *admission_access(const struct admission *admission)
{
    static const struct access any_credential = ANY_TOKEN;

    return admission->row != NULL ? policy_access(admission->surface->policy, admission->row)
                                  : &any_credential;
}

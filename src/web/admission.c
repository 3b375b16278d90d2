/* The questions that decide whether a request is admitted, each a function, and the order in which
 * they are asked. A question that is passed leaves the admission as the next one needs it; one that
 * is not fills err. */
#include "web/admission.h"

#include "auth/authority.h"
#include "base/ensure.h"
#include "base/mem.h"
#include "base/refusals.h"
#include "web/host.h"
#include "web/policy.h"

/* Sets how the refusal in err is to be answered. Always REFUSED, for a question to return. */
static enum admitted refuse_as(struct admission *admission, enum answer_kind kind)
{
    admission->answer_as = kind;
    return REFUSED;
}

/* ---- the questions ---- */

/* 400 for a path that two parsers could read differently, such as one with an encoded slash. */
static enum admitted check_target(struct admission *admission, agentos_error *err)
{
    if (admission->request->is_plain_path)
        return ADMITTED;
    (void)refuse(err, REFUSAL_PATH_AMBIGUOUS);
    return refuse_as(admission, ANSWER_PLAIN);
}

/* 400 for a Host that an open server does not answer to (host.h). */
static enum admitted check_host(struct admission *admission, agentos_error *err)
{
    if (host_is_allowed(admission->surface, &admission->request->headers))
        return ADMITTED;
    (void)refuse(err, REFUSAL_HOST_REFUSED);
    return refuse_as(admission, ANSWER_PLAIN);
}

/* 403 for a request that a page of another site makes to an open server (host.h). */
static enum admitted check_origin(struct admission *admission, agentos_error *err)
{
    if (origin_is_allowed(admission->surface, admission->request))
        return ADMITTED;
    (void)refuse(err, REFUSAL_ORIGIN_REFUSED);
    return refuse_as(admission, ANSWER_PLAIN);
}

/* Ends the admission of a CORS preflight, which carries no credential. */
static enum admitted check_preflight(struct admission *admission, agentos_error *err)
{
    (void)err; /* a preflight is answered, not refused */
    return cors_is_preflight(admission->request) ? IS_PREFLIGHT : ADMITTED;
}

/* Finds the row, and refuses nothing yet: only a caller with a credential is told which paths
 * exist. */
static enum admitted find_row(struct admission *admission, agentos_error *err)
{
    (void)err; /* nothing is refused here */
    admission->match = route_find(admission->surface, admission->request->method,
                                  admission->request->path, &admission->params, &admission->row);
    ensure((admission->row == NULL) == (admission->match == MATCH_NONE));
    return ADMITTED;
}

/* Finds the caller by the surface's own function, or else by the authority. On success
 * admission->principal is the caller; a refused one stays anonymous. */
static agentos_status identify_caller(struct admission *admission, agentos_error *err)
{
    const struct surface *surface = admission->surface;
    const struct auth_request how = { .cache = admission->tokens,
                                      .request = admission->request,
                                      .now_s = admission->now_s,
                                      .arena = admission->arena,
                                      .why = admission->why,
                                      .wanted = admission->may_wait ? &admission->wanted : NULL };

    if (surface->who != NULL)
        return surface->who(surface, &how, &admission->principal, err);
    return authenticate(surface->authority, &how, &admission->principal, err);
}

/* Anyone may call a public row; every other row, and a path without a row, needs a credential.
 * 401 and 429 are denials; two credentials in one request are a bad request. */
static enum admitted check_credential(struct admission *admission, agentos_error *err)
{
    const struct policy *policy = admission->surface->policy;

    admission->wanted = (struct keys_wanted){ .keys = NULL };
    admission->principal = policy_anonymous(policy, admission->row);
    if (!policy_needs_credential(policy, admission->request->method, admission->row) ||
        identify_caller(admission, err) == AGENTOS_OK)
        return ADMITTED;
    ensure(admission->principal != NULL); /* the audit names a refused caller too */
    bool is_denial = err->status == AGENTOS_UNAUTHENTICATED || err->status == AGENTOS_TOO_MANY;
    enum admitted refused = refuse_as(admission, is_denial ? ANSWER_DENIAL : ANSWER_CREDENTIAL);
    return admission->may_wait && admission->wanted.keys != NULL ? WAITS_FOR_KEYS : refused;
}

/* 404, or 405 where the path has rows of other methods; only now may the caller know of the row. */
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

/* 403 where the caller lacks a scope that the row demands, kept for the challenge. */
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

/* 403 for a token without a user, on a server that keeps its users' data apart. */
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

/* 501 for a row that stands in the contract but has no handler yet. */
static enum admitted check_built(struct admission *admission, agentos_error *err)
{
    const struct route *route = admission->route;

    if (route == NULL || route->answer != NULL)
        return ADMITTED;
    (void)fail(err, AGENTOS_NOT_BUILT, "%s %s is not supported in this version",
               method_name(route->method), route->pattern);
    return refuse_as(admission, ANSWER_PLAIN);
}

/* ---- their order ---- */

/* again: asked once more after the body, which may take half a minute to come. Meanwhile its sender
 * can lose their rights: a token expires, an account is revoked, a key is withdrawn. */
static const struct {
    const char *name;
    enum admitted (*ask)(struct admission *admission, agentos_error *err);
    bool again;
} questions[QUESTIONS] = {
    [QUESTION_TARGET] = { "target", check_target, false },
    [QUESTION_HOST] = { "host", check_host, false },
    [QUESTION_ORIGIN] = { "origin", check_origin, false },
    [QUESTION_PREFLIGHT] = { "preflight", check_preflight, false },
    [QUESTION_ROUTE] = { "route", find_row, false },
    [QUESTION_CREDENTIAL] = { "credential", check_credential, true },
    [QUESTION_FOUND] = { "found", check_found, false },
    [QUESTION_SCOPE] = { "scope", check_scope, true },
    [QUESTION_ISOLATION] = { "isolation", check_isolation, true },
    [QUESTION_BUILT] = { "built", check_built, false },
};

/* Asks one question, keeps the HTTP status of a refusal, and tells the listener. */
static enum admitted ask_question(struct admission *admission, enum question asked,
                                  agentos_error *err)
{
    enum admitted result = questions[asked].ask(admission, err);
    bool is_refused = result == REFUSED || result == WAITS_FOR_KEYS;

    ensure(result != WAITS_FOR_KEYS || admission->wanted.keys != NULL);
    ensure(!is_refused || err->status != AGENTOS_OK);
    if (is_refused && admission->status == 0)
        admission->status = agentos_status_http(err->status);
    if (admission->listen != NULL)
        admission->listen(admission, asked, result, err);
    return result;
}

/* Asks all questions, or after the body only those that are asked again, up to the first that is
 * not passed. */
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

/* The row's access in this configuration; where no row fits, any valid credential will do. */
const struct access *admission_access(const struct admission *admission)
{
    static const struct access any_credential = ANY_TOKEN;

    return admission->row != NULL ? policy_access(admission->surface->policy, admission->row)
                                  : &any_credential;
}

/* The questions of an admission. Each leaves the admission as the next one needs it, or says in err
 * why it ends here. */
#include "web/admission.h"

#include "auth/authority.h"
#include "base/ensure.h"
#include "base/mem.h"
#include "base/refusals.h"
#include "web/host.h"
#include "web/policy.h"

static enum admitted refuse_as(struct admission *admission, enum refusal_kind kind)
{
    admission->refusal = kind;
    return REFUSED;
}

/* ---- the questions ---- */

static enum admitted target_is_plain(struct admission *admission, agentos_error *err)
{
    if (admission->request->is_plain_path)
        return ADMITTED;
    (void)refuse(err, REFUSAL_PATH_AMBIGUOUS);
    return refuse_as(admission, REFUSAL_PLAIN);
}

static enum admitted host_is_ours(struct admission *admission, agentos_error *err)
{
    if (host_is_allowed(admission->surface, &admission->request->headers))
        return ADMITTED;
    (void)refuse(err, REFUSAL_HOST_REFUSED);
    return refuse_as(admission, REFUSAL_PLAIN);
}

static enum admitted origin_is_ours(struct admission *admission, agentos_error *err)
{
    if (origin_is_allowed(admission->surface, admission->request))
        return ADMITTED;
    (void)refuse(err, REFUSAL_ORIGIN_REFUSED);
    return refuse_as(admission, REFUSAL_PLAIN);
}

static enum admitted is_no_preflight(struct admission *admission, agentos_error *err)
{
    (void)err; /* nothing is refused here */
    return cors_is_preflight(admission->request) ? IS_PREFLIGHT : ADMITTED;
}

/* Refuses nothing: that there is no such path is told to holders of a credential only. */
static enum admitted find_row(struct admission *admission, agentos_error *err)
{
    (void)err;
    admission->match = route_find(admission->surface, admission->request->method,
                                  admission->request->path, &admission->params, &admission->row);
    return ADMITTED;
}

/* Finds the caller by the surface's own function, or else by the authority. */
static agentos_status identify(struct admission *admission, agentos_error *err)
{
    const struct surface *surface = admission->surface;
    const struct auth_request how = { .cache = admission->tokens,
                                      .request = admission->request,
                                      .now_s = admission->now_s,
                                      .arena = admission->arena,
                                      .why = admission->why,
                                      .wanted = admission->may_wait ? &admission->wanted : NULL };

    return surface->who != NULL
               ? surface->who(surface, &how, &admission->principal, err)
               : authenticate(surface->authority, &how, &admission->principal, err);
}

/* A public row is called by anybody; every other one, and a path without a row, needs a credential.
 * 401 and 429 are denials; two credentials in one request are a bad request. */
static enum admitted holds_credential(struct admission *admission, agentos_error *err)
{
    const struct policy *policy = admission->surface->policy;

    admission->wanted = (struct keys_wanted){ .keys = NULL };
    admission->principal = policy_anonymous(policy, admission->row);
    if (!policy_needs_credential(policy, admission->request->method, admission->row) ||
        identify(admission, err) == AGENTOS_OK)
        return ADMITTED;
    bool is_denial = err->status == AGENTOS_UNAUTHENTICATED || err->status == AGENTOS_TOO_MANY;
    enum admitted refused = refuse_as(admission, is_denial ? REFUSAL_DENIED : REFUSAL_CREDENTIAL);
    return admission->may_wait && admission->wanted.keys != NULL ? WAITS_FOR_KEYS : refused;
}

/* 404, or 405 where the path has rows of other methods; only now may the caller know of the row. */
static enum admitted row_is_there(struct admission *admission, agentos_error *err)
{
    if (admission->match == MATCH_FOUND) {
        admission->route = admission->row;
        return ADMITTED;
    }
    if (admission->match == MATCH_NONE && admission->surface->otherwise != NULL)
        return ADMITTED;
    if (admission->match == MATCH_OTHER_METHOD)
        admission->status = 405;
    (void)fail(err, AGENTOS_NOT_FOUND, "%s",
               admission->match == MATCH_NONE ? "Not Found" : "Method Not Allowed");
    return refuse_as(admission, REFUSAL_PLAIN);
}

/* The decision of authorize; its demand is kept for the challenge. */
static enum admitted holds_scope(struct admission *admission, agentos_error *err)
{
    const struct access *access = admission_access(admission);

    ensure(admission->principal != NULL);
    if (authorize(access, admission->principal, route_resource_id(&admission->params), err) ==
        AGENTOS_OK)
        return ADMITTED;
    admission->demand = access->scope != NULL ? access->scope : access->gate;
    return refuse_as(admission, err->status == AGENTOS_FORBIDDEN ? REFUSAL_DENIED : REFUSAL_PLAIN);
}

/* Where users are kept apart, a caller must be one. */
static enum admitted reaches_rows(struct admission *admission, agentos_error *err)
{
    bool isolates = authority_isolates(admission->surface->authority);

    ensure(admission->principal != NULL);
    if (admission_access(admission)->kind == ACCESS_PUBLIC ||
        isolation_of(admission->principal, isolates) != ISOLATION_REFUSED)
        return ADMITTED;
    (void)refuse(err, REFUSAL_USER_MISSING);
    return refuse_as(admission, REFUSAL_DENIED);
}

static enum admitted row_is_built(struct admission *admission, agentos_error *err)
{
    const struct route *route = admission->route;

    if (route == NULL || route->answer != NULL)
        return ADMITTED;
    (void)fail(err, AGENTOS_NOT_BUILT, "%s %s is not supported in this version",
               method_name(route->method), route->pattern);
    return refuse_as(admission, REFUSAL_PLAIN);
}

/* ---- their order ---- */

/* again: asked once more after the body, which may take half a minute, in which its sender can lose
 * their rights: revoked, expired, a key withdrawn. */
static const struct {
    const char *name;
    enum admitted (*ask)(struct admission *admission, agentos_error *err);
    bool again;
} questions[QUESTIONS] = {
    [QUESTION_TARGET] = { "target", target_is_plain, false },
    [QUESTION_HOST] = { "host", host_is_ours, false },
    [QUESTION_ORIGIN] = { "origin", origin_is_ours, false },
    [QUESTION_PREFLIGHT] = { "preflight", is_no_preflight, false },
    [QUESTION_ROUTE] = { "route", find_row, false },
    [QUESTION_CREDENTIAL] = { "credential", holds_credential, true },
    [QUESTION_FOUND] = { "found", row_is_there, false },
    [QUESTION_SCOPE] = { "scope", holds_scope, true },
    [QUESTION_ISOLATION] = { "isolation", reaches_rows, true },
    [QUESTION_BUILT] = { "built", row_is_built, false },
};

/* Asks one question, notes the status of a refusal, and tells the listener. */
static enum admitted ask_question(struct admission *admission, enum question asked,
                                  agentos_error *err)
{
    enum admitted result = questions[asked].ask(admission, err);
    bool is_refused = result == REFUSED || result == WAITS_FOR_KEYS;

    ensure(!is_refused || err->status != AGENTOS_OK);
    if (is_refused && admission->status == 0)
        admission->status = agentos_status_http(err->status);
    if (admission->listen != NULL)
        admission->listen(admission, asked, result, err);
    return result;
}

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

const struct access *admission_access(const struct admission *admission)
{
    static const struct access any_credential = ANY_TOKEN;

    return admission->row != NULL ? policy_access(admission->surface->policy, admission->row)
                                  : &any_credential;
}

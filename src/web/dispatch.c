/* Each step either answers, or lets the request go on to the next. Nothing reaches a handler around
 * it. */
#include "web/dispatch.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "web/host.h"
#include "web/park.h"
#include "web/policy.h"

static void answer_error(struct call *call, agentos_status status, const char *sentence)
{
    agentos_error err;

    (void)fail(&err, status, "%s", sentence); /* its status is answered, not returned */
    call_fail(call, &err);
}

/* ---- the steps ---- */

static bool target_is_plain(struct call *call)
{
    if (call->request->is_plain_path)
        return true;
    answer_error(call, AGENTOS_INVALID,
                 "The path holds an encoded slash, a backslash, NUL or a dot segment");
    return false;
}

static bool host_is_ours(struct call *call)
{
    if (host_is_allowed(call->surface, &call->request->headers))
        return true;
    answer_error(call, AGENTOS_INVALID, "Invalid host header");
    return false;
}

static bool origin_is_ours(struct call *call)
{
    if (origin_is_allowed(call->surface, call->request))
        return true;
    answer_error(call, AGENTOS_FORBIDDEN, "Requests from this page's origin are not accepted");
    return false;
}

static bool is_no_preflight(struct call *call)
{
    struct reply reply;

    if (!cors_is_preflight(call->request))
        return true;
    cors_preflight(&call->surface->cors, call->request, call->arena, &reply);
    call_reply_as_is(call, &reply);
    return false;
}

static void admit(struct call *call);

/* A token whose key may have been published since: decided again once that is known. */
static bool is_parked(struct call *call, const struct keys_wanted *wanted)
{
    if (wanted->keys == NULL || call->was_parked)
        return false;
    call->was_parked = true;
    return call_park(call, wanted, admit);
}

static bool is_authenticated(struct call *call, const struct route *row)
{
    const struct surface *surface = call->surface;
    struct keys_wanted wanted = { 0 };
    const struct authenticating how = { .cache = call->station->tokens,
                                        .request = call->request,
                                        .now_s = clock_now_s(),
                                        .arena = call->arena,
                                        .wanted = &wanted };
    agentos_error err;

    call->principal = policy_anonymous(surface->policy, row);
    if (!policy_needs_credential(surface->policy, call->request->method, row))
        return true;
    if (authenticate(surface->authority, &how, &call->principal, &err) == AGENTOS_OK)
        return true;
    if (is_parked(call, &wanted))
        return false;
    call->is_auth_error = true;
    if (err.status == AGENTOS_UNAUTHENTICATED || err.status == AGENTOS_TOO_MANY)
        call_deny(call, &err, NULL);
    else
        call_fail(call, &err);
    return false;
}

static bool is_found(struct call *call, enum match match, const struct route *row)
{
    if (match == MATCH_FOUND)
        return true;
    if (match == MATCH_NONE) {
        answer_error(call, AGENTOS_NOT_FOUND, "Not Found");
        return false;
    }
    call_reply(call,
               &(struct reply){
                   .status = 405,
                   .content_type = "application/json",
                   .headers = &(struct header){ STR("allow"), str_of(method_name(row->method)) },
                   .header_count = 1,
                   .body = STR("{\"detail\":\"Method Not Allowed\"}"),
               });
    return false;
}

static bool is_authorized(struct call *call)
{
    const struct access *access = policy_access(call->surface->policy, call->route);
    agentos_error err;

    if (authorize(access, call->principal, route_resource_id(&call->params), &err) == AGENTOS_OK)
        return true;
    if (err.status == AGENTOS_FORBIDDEN) {
        call->is_auth_error = true;
        call_deny(call, &err, access->scope != NULL ? access->scope : access->gate);
    } else {
        call_fail(call, &err);
    }
    return false;
}

/* Where users are kept apart, a caller must be one. */
static bool is_identified(struct call *call)
{
    agentos_error err;

    if (policy_access(call->surface->policy, call->route)->kind == ACCESS_PUBLIC ||
        call_isolation(call) != ISOLATION_REFUSED)
        return true;
    (void)fail(&err, AGENTOS_FORBIDDEN,
               "Authenticated request is missing a user identity"); /* answered, not returned */
    call->is_auth_error = true;
    call_deny(call, &err, NULL);
    return false;
}

static bool is_built(struct call *call)
{
    agentos_error err;

    if (call->route->answer != NULL)
        return true;
    (void)fail(&err, AGENTOS_NOT_BUILT, "%s %s is not supported in this version",
               method_name(call->route->method), call->route->pattern); /* answered, not returned */
    call_fail(call, &err);
    return false;
}

/* ---- the way ---- */

/* A body may take half a minute, in which its sender can lose his rights: revoked, expired, a key
 * withdrawn. Nobody waits for keys once more. */
static bool is_still_admitted(struct call *call)
{
    if (loop_now_ms(call->station->loop) == call->admitted_ms)
        return true;
    call->was_parked = true;
    call_use_current_surface(call);
    return is_authenticated(call, call->route) && is_authorized(call) && is_identified(call);
}

static void body_is_read(struct exchange *exchange, void *user)
{
    struct call *call = user;

    (void)exchange; /* the call knows it */
    if (is_still_admitted(call))
        call->route->answer(call);
}

/* The client left; or his body was refused, which stands in the log already. */
static void exchange_gone(struct exchange *exchange, void *user)
{
    struct call *call = user;

    if (call->task != NULL)
        call->task->call = NULL;
    call_unpark(call);
    if (call->follower != NULL)
        call->follower->left(call->followed);
    call_over(call);
    if (exchange_is_refused(exchange))
        return;
    metrics_add(call->station->metrics, METRIC_CLIENTS_LEFT, 1);
    LOG(LOG_INFO, "client left", log_str("method", call->request->method_text),
        log_str("path", call->request->path));
}

static void output_drained(struct exchange *exchange, void *user)
{
    const struct call *call = user;

    (void)exchange; /* the call knows it */
    if (call->follower != NULL)
        call->follower->drained(call->followed);
}

static struct call *call_new(struct exchange *exchange, struct station *station)
{
    arena *a = exchange_arena(exchange);
    struct call *call = arena_alloc(a, sizeof(*call));

    *call = (struct call){ .station = station,
                           .exchange = exchange,
                           .request = exchange_request(exchange),
                           .arena = a,
                           .started_ns = clock_monotonic_ns(),
                           .number = ++station->next_request };
    call_use_current_surface(call);
    metrics_add(station->metrics, METRIC_OPEN_REQUESTS, 1);
    exchange_watch(exchange, exchange_gone, output_drained, call);
    return call;
}

/* From here on again, after a wait for keys. */
static void admit(struct call *call)
{
    const struct route *row = NULL;

    call_use_current_surface(call);
    enum match match =
        route_find(call->surface, call->request->method, call->request->path, &call->params, &row);
    if (!is_authenticated(call, row) || !is_found(call, match, row))
        return;
    call->route = row;
    if (!is_authorized(call) || !is_identified(call) || !is_built(call))
        return;
    call->admitted_ms = loop_now_ms(call->station->loop);
    if (row->body == BODY_NONE)
        row->answer(call);
    else
        exchange_read_body(call->exchange, call->surface->body_limit_bytes, body_is_read, call);
}

void dispatch(struct exchange *exchange, void *user)
{
    struct call *call = call_new(exchange, user);

    if (target_is_plain(call) && host_is_ours(call) && origin_is_ours(call) &&
        is_no_preflight(call))
        admit(call);
}

/* A request on its way to its handler: judged, made to wait where keys may come, its body read, and
 * judged again. Nothing reaches a handler around it. */
#include "web/dispatch.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/log.h"
#include "web/admission.h"
#include "web/call_input.h"
#include "web/park.h"

/* ---- judging ---- */

/* By the surface that is current now. What was found out is in the call too, for its handler, its
 * log line and the audit. */
static enum admitted judge(struct call *call, struct admission *admission, agentos_error *err)
{
    ensure(call->task == NULL && call->parked == NULL);
    call_use_current_surface(call);
    *admission = (struct admission){ .surface = call->surface,
                                     .request = call->request,
                                     .arena = call->arena,
                                     .tokens = call->station->tokens,
                                     .now_s = clock_now_s(),
                                     .may_wait = !call->was_parked,
                                     .has_body = call->has_body,
                                     .match = call->route != NULL ? MATCH_FOUND : MATCH_NONE,
                                     .row = call->route,
                                     .route = call->route,
                                     .params = call->params };
    enum admitted result = admission_judge(admission, err);
    call->route = admission->route;
    call->params = admission->params;
    call->principal = admission->principal;
    call->is_auth_error = result != ADMITTED && admission->refusal >= REFUSAL_CREDENTIAL;
    return result;
}

/* RFC 9110 §15.5.6: with the method that the path takes. */
static void answer_other_method(struct call *call, const struct route *row)
{
    ensure(row != NULL && row->method != METHOD_OTHER);
    call_reply(call,
               &(struct reply){
                   .status = 405,
                   .content_type = "application/json",
                   .headers = &(struct header){ STR("allow"), str_of(method_name(row->method)) },
                   .header_count = 1,
                   .body = STR("{\"detail\":\"Method Not Allowed\"}"),
               });
}

static void answer_refusal(struct call *call, const struct admission *judged,
                           const agentos_error *err)
{
    ensure(judged->status >= 400);
    if (judged->refusal == REFUSAL_DENIED)
        call_deny(call, err, judged->demand);
    else if (judged->status == 405)
        answer_other_method(call, judged->row);
    else
        call_fail(call, err);
}

static void answer_preflight(struct call *call)
{
    struct reply reply;

    cors_preflight(&call->surface->cors, call->request, call->arena, &reply);
    call_reply_as_is(call, &reply);
}

/* ---- the way ---- */

/* To the handler, with the input of its row. */
static void hand_over(struct call *call)
{
    ensure(call->principal != NULL);
    ensure(call->route != NULL ? call->route->answer != NULL : call->surface->otherwise != NULL);
    if (call->route == NULL)
        call->surface->otherwise(call);
    else if (call_read_input(call))
        call->route->answer(call);
}

/* Whether the caller may hold one more body, counted before the first byte of it is read. */
static bool holds_body(struct call *call, size_t limit)
{
    size_t bytes = exchange_body_bytes(call->exchange, limit);

    return bytes == 0 || call_hold(call, (struct quota_amount){ .bytes = bytes });
}

/* What was held for a body that did not say its length is brought down to what came. */
static bool has_room_for_body(struct call *call)
{
    size_t bytes = call->request->body.len;

    return bytes == 0 || call_hold(call, (struct quota_amount){ .bytes = bytes });
}

/* Judged in the same millisecond: it holds still. Nobody waits for keys once more. */
static void body_is_read(struct exchange *exchange, void *user)
{
    struct call *call = user;
    struct admission judged;
    agentos_error err;

    (void)exchange; /* the call knows it */
    call->was_parked = call->has_body = true;
    if (loop_now_ms(call->station->loop) != call->admitted_ms &&
        judge(call, &judged, &err) != ADMITTED)
        answer_refusal(call, &judged, &err);
    else if (has_room_for_body(call))
        hand_over(call);
}

/* On to the handler, or first to the body, for which the row or the configuration sets a limit. */
static void read_body_if_any(struct call *call)
{
    const struct route *route = call->route;

    call->admitted_ms = loop_now_ms(call->station->loop);
    if (route == NULL || route->body == BODY_NONE) {
        hand_over(call);
        return;
    }
    size_t limit = route->body_limit > 0 ? route->body_limit : call->surface->body_limit_bytes;
    ensure(limit <= BODY_LIMIT_MAX_BYTES);
    if (holds_body(call, limit))
        exchange_read_body(call->exchange, limit, body_is_read, call);
}

/* Also called once keys have come, or have not come in time. */
static void admit(struct call *call)
{
    struct admission judged;
    agentos_error err;

    switch (judge(call, &judged, &err)) {
    case ADMITTED: read_body_if_any(call); return;
    case IS_PREFLIGHT: answer_preflight(call); return;
    case WAITS_FOR_KEYS:
        call->was_parked = true;
        if (call_park(call, &judged.wanted, admit))
            return;
        break; /* there is nothing to wait for any more */
    case REFUSED: break;
    }
    answer_refusal(call, &judged, &err);
}

/* ---- from and to the exchange ---- */

/* The client left; or the body was refused, which stands in the log already. */
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

/* Lives in the exchange's arena; from here on it is told when the client leaves. */
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

void dispatch(struct exchange *exchange, void *user)
{
    admit(call_new(exchange, user));
}

/* Takes each request through admission to its handler. */
#include "web/dispatch.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/log.h"
#include "web/admission.h"
#include "web/call_input.h"
#include "web/park.h"

/* ---- judging ---- */

/* Fills in the admission of the call. Keeps a route found before the body was read. */
static void prepare_admission(const struct call *call, struct admission *out)
{
    *out = (struct admission){
        .surface = call->surface,
        .request = call->request,
        .arena = call->arena,
        .tokens = call->station->tokens,
        .now_s = clock_now_s(),
        .may_wait = !call->was_parked,
        .has_body = call->has_body,
        .params = call->params,
    };
    if (call->route != NULL) {
        out->match = MATCH_FOUND;
        out->row = call->route;
        out->route = call->route;
    }
}

/* Judges the call by the current configuration, and copies the result into the call. */
static enum admitted judge_call(struct call *call, struct admission *admission, agentos_error *err)
{
    ensure(call->task == NULL && call->parked == NULL);
    call_use_current_surface(call);
    prepare_admission(call, admission);
    enum admitted result = admission_judge(admission, err);
    call->route = admission->route;
    call->asked = admission->match == MATCH_FOUND ? admission->row : NULL;
    call->params = admission->params;
    call->principal = admission->principal;
    call->is_auth_error = result != ADMITTED && admission->answer_as >= ANSWER_CREDENTIAL;
    return result;
}

/* Answers 405 with the Allow header (RFC 9110 §15.5.6). */
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

/* Answers a refused call. Ends the call. */
static void answer_refusal(struct call *call, const struct admission *judged,
                           const agentos_error *err)
{
    ensure(judged->status >= 400 && err->status != AGENTOS_OK);
    if (judged->answer_as == ANSWER_DENIAL)
        call_deny(call, err, judged->demand);
    else if (judged->status == 405)
        answer_other_method(call, judged->row);
    else
        call_fail(call, err);
}

/* Answers a CORS preflight. */
static void answer_preflight(struct call *call)
{
    struct reply reply;

    ensure(call->route == NULL); /* no route was looked up */
    cors_preflight(&call->surface->cors, call->request, call->arena, &reply);
    call_reply_as_is(call, &reply);
}

/* ---- to the handler, by way of the body ---- */

/* Reads the input and calls the route's handler, or the surface's own for an unknown path. */
static void call_handler(struct call *call)
{
    AUTO(arena) *parsed = NULL;

    ensure(call->principal != NULL);
    ensure(call->route != NULL ? call->route->answer != NULL : call->surface->otherwise != NULL);
    if (call->route != NULL && call->route->body == BODY_JSON)
        parsed = arena_new();
    if (call->route == NULL)
        call->surface->otherwise(call);
    else if (call_read_input(call, parsed))
        call->route->answer(call);
}

/* Counts the expected body against the caller's quota. Returns false if the call was answered. */
static bool hold_body(struct call *call, size_t limit)
{
    size_t bytes = exchange_body_bytes(call->exchange, limit);

    return bytes == 0 || call_hold(call, (struct quota_amount){ .bytes = bytes });
}

/* Corrects the quota to the received bytes. Returns false if the call was answered. */
static bool hold_received_body(struct call *call)
{
    size_t bytes = call->request->body.len;

    ensure(call->has_body);
    return bytes == 0 || call_hold(call, (struct quota_amount){ .bytes = bytes });
}

/* Judges the call again after its body was read, unless no time has passed. Returns false if it was
 * refused. */
static bool judge_again(struct call *call)
{
    struct admission judged;
    agentos_error err;

    ensure(call->has_body);
    if (loop_now_ms(call->station->loop) == call->admitted_ms)
        return true;
    if (judge_call(call, &judged, &err) == ADMITTED)
        return true;
    answer_refusal(call, &judged, &err);
    return false;
}

/* Called when the body has been read. Judges the call again and calls its handler. */
static void on_body_read(struct exchange *exchange, void *user)
{
    struct call *call = user;

    ensure(!call->has_body && call->route != NULL);
    (void)exchange; /* same as call->exchange */
    call->was_parked = true;
    call->has_body = true;
    if (!judge_again(call))
        return;
    if (!hold_received_body(call))
        return;
    call_handler(call);
}

/* Reads the body if the route takes one, then calls the handler. */
static void read_body_if_any(struct call *call)
{
    const struct route *route = call->route;

    call->admitted_ms = loop_now_ms(call->station->loop);
    if (route == NULL || route->body == BODY_NONE) {
        call_handler(call);
        return;
    }
    size_t limit = route->body_limit > 0 ? route->body_limit : call->surface->body_limit_bytes;

    ensure(limit <= BODY_LIMIT_MAX_BYTES);
    if (hold_body(call, limit))
        exchange_read_body(call->exchange, limit, on_body_read, call);
}

/* Judges a call before its body is read. Called again when a wait for keys has ended. */
static void admit_call(struct call *call)
{
    struct admission judged;
    agentos_error err;

    ensure(!call->has_body);
    switch (judge_call(call, &judged, &err)) {
    case ADMITTED: read_body_if_any(call); return;
    case IS_PREFLIGHT: answer_preflight(call); return;
    case WAITS_FOR_KEYS:
        call->was_parked = true;
        if (call_park(call, &judged.missing_key, admit_call))
            return;
        break; /* the fetch has already ended */
    case REFUSED: break;
    }
    answer_refusal(call, &judged, &err);
}

/* ---- from and to the exchange ---- */

/* Called when the client has left or its body was refused. A task goes on without its call. */
static void on_exchange_gone(struct exchange *exchange, void *user)
{
    struct call *call = user;

    ensure(call->task == NULL || call->task->call == call);
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

/* Called when all output was sent. Tells the follower. */
static void on_output_drained(struct exchange *exchange, void *user)
{
    const struct call *call = user;

    (void)exchange; /* same as call->exchange */
    if (call->follower != NULL)
        call->follower->drained(call->followed);
}

/* Creates the call of a request in the exchange's arena. */
static struct call *call_new(struct exchange *exchange, struct station *station)
{
    arena *a = exchange_arena(exchange);
    struct call *call = arena_alloc(a, sizeof(*call));

    *call = (struct call){
        .station = station,
        .exchange = exchange,
        .request = exchange_request(exchange),
        .arena = a,
        .started_ns = clock_monotonic_ns(),
        .number = ++station->next_request,
    };
    call_use_current_surface(call);
    metrics_add(station->metrics, METRIC_OPEN_REQUESTS, 1);
    exchange_watch(exchange, on_exchange_gone, on_output_drained, call);
    return call;
}

void dispatch(struct exchange *exchange, void *user)
{
    admit_call(call_new(exchange, user));
}

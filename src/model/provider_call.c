/* Makes one call to a provider over HTTP, with retries before the first text. */
#include "model/provider_call.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "model/retry.h"

enum {
    TIMEOUT_DEFAULT_S = 60,
    /* How many timeouts a gateway may take that sends only keep-alives. */
    IDLE_TIMEOUTS = 10,
    RETRIES_DEFAULT = 2,
    RETRY_BASE_DEFAULT_MS = 500,
    REQUEST_HEADERS_MAX = 4,
};

static const char provider_error[] = "ModelProviderError";

/* ---- the end ---- */

/* Frees a call that is over, with its fetch and timers. */
static void free_call(struct provider_call *call)
{
    ensure(call->base.is_over);
    ensure(call->entered == 0);
    if (call->fetch != NULL)
        fetch_cancel(call->fetch);
    timer_stop(&call->wait);
    timer_stop(&call->idle);
    provider_clear_body(call);
    buf_clear(&call->request);
    free(call);
}

/* Begins a callback. The call is not freed before leave_callback. */
static void enter_callback(struct provider_call *call)
{
    call->entered++;
}

/* Ends a callback. Frees the call if it is over. */
static void leave_callback(struct provider_call *call)
{
    ensure(call->entered > 0);
    if (--call->entered == 0 && call->base.is_over)
        free_call(call);
}

/* Reports an error as the last event. Sets is_over first, as the receiver may cancel the call. */
static void end_with_error(struct provider_call *call, const char *type, const char *message)
{
    if (call->base.is_over)
        return;
    call->base.is_over = true;
    call->base.events.on_error(call->base.user, type, message);
}

/* Reports the end of the answer, or an error if there is no answer. */
void provider_end(struct provider_call *call)
{
    char message[REFUSAL_BYTES];

    if (call->base.is_over)
        return;
    if (provider_has_failed(call, message)) {
        end_with_error(call, provider_error, message);
        return;
    }
    call->base.is_over = true;
    const struct model_answer answer = { .usage = call->usage };
    call->base.events.on_done(call->base.user, &answer);
}

/* ---- time limits ---- */

/* Returns how long the provider may send nothing. */
static uint64_t silence_ms(const struct provider_call *call)
{
    int64_t timeout_s = call->base.model->options.timeout_s;

    if (timeout_s == 0)
        timeout_s = TIMEOUT_DEFAULT_S;
    ensure(timeout_s > 0); /* see check_numbers */
    return (uint64_t)timeout_s * 1000;
}

/* Returns how long the provider may send no event. */
static uint64_t idle_limit_ms(const struct provider_call *call)
{
    int64_t idle_ms = call->base.model->options.idle_ms;

    return idle_ms > 0 ? (uint64_t)idle_ms : silence_ms(call) * IDLE_TIMEOUTS;
}

void provider_reset_idle_time(struct provider_call *call)
{
    call->last_event_ms = loop_now_ms(call->base.loop);
}

/* Ends the call if the last event is too long ago, or restarts the timer. */
static void on_idle(struct timer *idle)
{
    struct provider_call *call = LIST_OWNER(idle, struct provider_call, idle);
    ensure(call->fetch != NULL); /* on_end stops this timer */
    uint64_t limit_ms = idle_limit_ms(call);
    uint64_t idle_ms = loop_now_ms(call->base.loop) - call->last_event_ms;

    enter_callback(call);
    /* Nothing is read for a slow reader, nor during a parse. */
    if (call->base.is_paused || call->body.parse != NULL)
        timer_start(call->base.loop, idle, limit_ms);
    else if (idle_ms < limit_ms)
        timer_start(call->base.loop, idle, limit_ms - idle_ms);
    else
        end_with_error(call, provider_error,
                       "The model provider kept the connection open but said nothing for too long");
    leave_callback(call);
}

/* ---- tries ---- */

static const struct fetch_events fetch_events;

/* Writes the request headers, which borrow from the model. Returns their count. */
static size_t write_headers(const struct provider_call *call,
                            struct header headers[REQUEST_HEADERS_MAX])
{
    const char *authorization = call->base.model->authorization;
    str accepted = call->wants_stream ? STR("text/event-stream") : STR("application/json");

    headers[0] = (struct header){ STR("Content-Type"), STR("application/json") };
    headers[1] = (struct header){ STR("Accept"), accepted };
    headers[2] = (struct header){ STR("Accept-Encoding"), STR("identity") }; /* not compressed */
    if (authorization == NULL)
        return REQUEST_HEADERS_MAX - 1;
    headers[3] = (struct header){ STR("Authorization"), str_of(authorization) };
    return REQUEST_HEADERS_MAX;
}

/* Forgets what the previous try has received, and restarts the timer. */
static void reset_try(struct provider_call *call)
{
    call->status = 0;
    call->retry_after_ms = -1;
    call->progress = (struct answer_progress){ 0 };
    call->usage = (struct model_usage){ 0 };
    provider_clear_body(call);
    provider_reset_idle_time(call);
    timer_start(call->base.loop, &call->idle, idle_limit_ms(call));
}

/* Sends the request, for the first time or again. */
static void begin_try(struct provider_call *call)
{
    const struct model *model = call->base.model;
    ensure(call->fetch == NULL);
    ensure(!call->has_sent_text);
    ensure(buf_ok(&call->request) && call->request.len > 0);
    struct header headers[REQUEST_HEADERS_MAX];
    struct fetch_options options = { .method = POST,
                                     .url = model->url,
                                     .headers = headers,
                                     .header_count = write_headers(call, headers),
                                     .body = buf_view(&call->request),
                                     .authorities = model->options.authorities,
                                     .authorities_option = "ca_file",
                                     .silence_ms = silence_ms(call) };

    reset_try(call);
    call->fetch = client_fetch(call->client, &options, &fetch_events, call);
    if (call->base.is_paused)
        fetch_pause(call->fetch);
}

/* Returns true if the request may be sent again. */
static bool may_retry(const struct provider_call *call)
{
    int64_t allowed = call->base.model->options.retries;

    if (allowed < 0)
        allowed = RETRIES_DEFAULT;
    return !call->has_sent_text && call->retries < allowed;
}

/* Schedules the next try. `asked_ms` is Retry-After, or -1. */
static void schedule_retry(struct provider_call *call, int64_t asked_ms)
{
    int64_t base_ms = call->base.model->options.retry_base_ms;
    uint32_t random;

    ensure(call->fetch == NULL);
    ensure(may_retry(call));
    if (base_ms == 0)
        base_ms = RETRY_BASE_DEFAULT_MS;
    call->retries++;
    random_bytes(&random, sizeof(random));
    uint64_t pause_ms = retry_pause_ms((uint64_t)base_ms, call->retries, random);
    if (asked_ms >= 0)
        pause_ms = (uint64_t)asked_ms;
    timer_start(call->base.loop, &call->wait, pause_ms);
}

/* Sends the next try, or ends a call that is complete or whose request is too long. */
static void on_wait(struct timer *wait)
{
    struct provider_call *call = LIST_OWNER(wait, struct provider_call, wait);

    ensure(call->fetch == NULL || call->is_whole);
    enter_callback(call);
    if (call->is_whole)
        provider_end(call);
    else if (!buf_ok(&call->request))
        end_with_error(call, provider_error, "The conversation is too long to be sent");
    else
        begin_try(call);
    leave_callback(call);
}

/* ---- what the provider answers ---- */

static const struct dialect *dialect_of(const struct provider_call *call)
{
    return call->base.model->provider->dialect;
}

static struct refusal_context context_of(const struct provider_call *call)
{
    return (struct refusal_context){ .authorization = call->base.model->authorization,
                                     .has_chat_alternative =
                                         dialect_of(call)->has_chat_alternative };
}

/* Reports that the provider is unreachable or the connection was lost. */
static void end_unreachable(struct provider_call *call, const char *reason)
{
    char message[REFUSAL_BYTES];

    const char *what = call->status == 0 ? "The model provider could not be reached"
                                         : "The connection to the model provider was lost";

    (void)snprintf(message, sizeof(message), "%s: %s", what, reason);
    end_with_error(call, provider_error, message);
}

void provider_fail(struct provider_call *call, const char *message)
{
    end_with_error(call, provider_error, message);
}

/* Ends the call with the provider's error. */
void provider_refuse(struct provider_call *call, const json_t *error)
{
    struct refusal_context context = context_of(call);
    struct refusal refusal = refusal_of_error(&context, error);

    end_with_error(call, refusal.type, refusal.message);
}

/* Ends the call if a JSON body has an error message in place of an answer. */
void provider_refuse_if_message(struct provider_call *call, const json_t *payload)
{
    struct refusal_context context = context_of(call);

    if (call->body.form == BODY_JSON && refusal_has_message(&context, payload))
        provider_refuse(call, payload);
}

/* Handles a status other than 200. Retries transient errors, unless the wait is too long. */
static void on_refusal(struct provider_call *call)
{
    ensure(call->fetch == NULL);
    ensure(call->status != 200);
    struct refusal_context context = context_of(call);
    struct refusal refusal = refusal_of_answer(&context, call->status, buf_view(&call->body.text));
    bool is_passing = call->status == 429 || call->status >= 500;
    size_t len = strlen(refusal.message);

    if (is_passing && call->retry_after_ms > RETRY_AFTER_MAX_S * 1000)
        (void)snprintf(refusal.message + len, sizeof(refusal.message) - len,
                       ". It asks to wait %lld s, longer than the %d s that are waited",
                       (long long)(call->retry_after_ms / 1000), RETRY_AFTER_MAX_S);
    else if (is_passing && may_retry(call)) {
        schedule_retry(call, call->retry_after_ms);
        return;
    }
    end_with_error(call, refusal.type, refusal.message);
}

/* ---- the fetch ---- */

/* Reads the status and Retry-After. */
static void on_head(void *user, int status, const struct headers *headers)
{
    struct provider_call *call = user;
    str retry_after;

    ensure(!call->base.is_over);
    enter_callback(call);
    call->status = status;
    if (headers_find(headers, STR("retry-after"), &retry_after) &&
        !retry_after_parse(retry_after, clock_now_s(), &call->retry_after_ms))
        call->retry_after_ms = -1;
    provider_begin_body(call, headers);
    leave_callback(call);
}

static void on_data(void *user, str bytes)
{
    struct provider_call *call = user;

    enter_callback(call);
    if (!call->base.is_over)
        provider_read_body(call, bytes);
    leave_callback(call);
}

static void on_body_end(struct provider_call *call)
{
    ensure(call->fetch == NULL && !call->is_whole);
    if (call->status == 200)
        provider_end_body(call);
    else
        on_refusal(call);
}

/* Ends the call or schedules a retry, once the whole body has been read. A complete answer counts
 * however the connection ended. */
static void end_try(struct provider_call *call, agentos_status status, const char *reason)
{
    if (call->is_whole || call->progress.may_end)
        provider_end(call);
    else if (status == AGENTOS_OK)
        on_body_end(call);
    else if (status == AGENTOS_UPSTREAM && may_retry(call))
        schedule_retry(call, -1);
    else
        end_unreachable(call, reason);
}

/* Called at the end of the fetch. During a parse, the end waits for it. */
static void on_end(void *user, agentos_status status, const char *reason)
{
    struct provider_call *call = user;

    ensure(call->fetch != NULL);
    call->fetch = NULL;
    timer_stop(&call->idle);
    enter_callback(call);
    call->has_ended = call->body.parse != NULL;
    call->end_status = status;
    (void)snprintf(call->end_reason, sizeof(call->end_reason), "%s", reason);
    if (!call->has_ended)
        end_try(call, status, reason);
    leave_callback(call);
}

void provider_on_parsed(struct provider_call *call, str name, const json_t *json)
{
    enter_callback(call);
    provider_read_parsed(call, name, json);
    if (call->has_ended && call->body.parse == NULL && !call->base.is_over) {
        call->has_ended = false;
        end_try(call, call->end_status, call->end_reason);
    }
    leave_callback(call);
}

static const struct fetch_events fetch_events = { on_head, on_data, on_end };

/* ---- the driver ---- */

static struct provider_call *call_of(struct model_call *base)
{
    return LIST_OWNER(base, struct provider_call, base);
}

/* Creates a call and sends its request. */
static struct model_call *start_call(const struct model_call *base, struct client *client,
                                     const struct model_request *request)
{
    ensure(client != NULL);
    ensure(base->model->url != NULL);
    struct provider_call *call = mem_zeroed(sizeof(*call));

    call->base = *base;
    call->client = client;
    call->wait.fire = on_wait;
    call->idle.fire = on_idle;
    call->wants_stream = request->stream;
    call->request = buf_with_limit(PROVIDER_REQUEST_MAX_BYTES);
    writer w = { .out = &call->request };
    dialect_of(call)->write_request(base->model, request, &w);
    if (buf_ok(&call->request))
        begin_try(call);
    else
        timer_start(base->loop, &call->wait, 0); /* no event before this returns */
    return &call->base;
}

/* Ends the call without an event. Inside a callback, leave_callback frees it. */
static void cancel_call(struct model_call *base)
{
    ensure(!base->is_over);
    base->is_over = true;
    if (call_of(base)->entered == 0)
        free_call(call_of(base));
}

static void pause_fetch(struct model_call *base)
{
    if (call_of(base)->fetch != NULL)
        fetch_pause(call_of(base)->fetch);
}

/* Resumes the fetch. The pause does not count as idle time. */
static void resume_fetch(struct model_call *base)
{
    provider_reset_idle_time(call_of(base));
    if (call_of(base)->fetch != NULL)
        fetch_resume(call_of(base)->fetch);
}

const struct driver driver_http = {
    .prepare = provider_prepare,
    .start = start_call,
    .cancel = cancel_call,
    .pause = pause_fetch,
    .resume = resume_fetch,
};

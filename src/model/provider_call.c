/* The driver of all providers behind HTTP: one call from its request to the end of the answer, with
 * the tries that takes.
 *
 * A call goes begin -> on_head -> on_data ... -> on_end, and back to begin while a retry is
 * allowed. Three things hold throughout:
 * - base.is_over is set before the last event is sent, and nothing is sent after it, so that the
 *   receiver may cancel inside any event;
 * - a callback of ours begins with enter and ends with leave: between them the call is never freed,
 *   whatever the receiver does;
 * - the request is kept until the first text was passed on, after which there is no retry. */
#include "model/provider_call.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "model/retry.h"

enum {
    TIMEOUT_DEFAULT_S = 60,
    /* A gateway may send comments, or blanks before a whole answer, while a model waits for its
     * turn: it is waited for so many times longer than a provider that sends nothing. */
    IDLE_TIMEOUTS = 10,
    RETRIES_DEFAULT = 2,
    RETRY_BASE_DEFAULT_MS = 500,
};

static const char provider_error[] = "ModelProviderError";

/* ---- the end ---- */

/* Frees the call, over or cancelled, with its fetch and its timers. */
static void release(struct provider_call *call)
{
    ensure(call->base.is_over);
    ensure(call->entered == 0);
    if (call->fetch != NULL)
        fetch_cancel(call->fetch);
    timer_stop(&call->wait);
    timer_stop(&call->idle);
    sse_reader_clear(&call->reader);
    buf_clear(&call->request);
    buf_clear(&call->answer);
    free(call);
}

static void enter(struct provider_call *call)
{
    call->entered++;
}

/* The last line of every callback of ours: a call that ended meanwhile is freed here. */
static void leave(struct provider_call *call)
{
    ensure(call->entered > 0);
    if (--call->entered == 0 && call->base.is_over)
        release(call);
}

/* The last event, unless there was one. is_over is set first, since the receiver may cancel. */
static void end_with_error(struct provider_call *call, const char *type, const char *message)
{
    if (call->base.is_over)
        return;
    call->base.is_over = true;
    call->base.events.on_error(call->base.user, type, message);
}

static void end_well(struct provider_call *call)
{
    if (call->base.is_over)
        return;
    call->base.is_over = true;
    call->base.events.on_done(call->base.user, &(struct model_answer){ .usage = call->usage });
}

/* ---- patience ---- */

/* How long not even a byte may come. */
static uint64_t silence_ms(const struct provider_call *call)
{
    int64_t timeout_s = call->base.model->options.timeout_s;

    return (uint64_t)(timeout_s > 0 ? timeout_s : TIMEOUT_DEFAULT_S) * 1000;
}

/* How long bytes may come without an event. */
static uint64_t idle_limit_ms(const struct provider_call *call)
{
    int64_t idle_ms = call->base.model->options.idle_ms;

    return idle_ms > 0 ? (uint64_t)idle_ms : silence_ms(call) * IDLE_TIMEOUTS;
}

static void note_event(struct provider_call *call)
{
    call->last_event_ms = loop_now_ms(call->base.loop);
}

/* Ends a call whose provider says nothing; else waits for what is left of the limit. */
static void on_idle(struct timer *idle)
{
    struct provider_call *call = LIST_OWNER(idle, struct provider_call, idle);
    uint64_t limit_ms = idle_limit_ms(call);
    uint64_t idle_ms = loop_now_ms(call->base.loop) - call->last_event_ms;

    enter(call);
    /* While the reader is slow, nothing is read from the provider. */
    if (call->base.is_paused)
        timer_start(call->base.loop, idle, limit_ms);
    else if (idle_ms < limit_ms)
        timer_start(call->base.loop, idle, limit_ms - idle_ms);
    else
        end_with_error(call, provider_error,
                       "The model provider kept the connection open but said nothing for too long");
    leave(call);
}

/* ---- tries ---- */

static const struct fetch_events fetch_events;

/* Returns how many there are. They point into the model. */
static size_t write_headers(const struct provider_call *call, struct header headers[3])
{
    size_t count = 0;

    headers[count++] = (struct header){ STR("Content-Type"), STR("application/json") };
    headers[count++] =
        (struct header){ STR("Accept"),
                         call->wants_stream ? STR("text/event-stream") : STR("application/json") };
    if (call->base.model->authorization != NULL)
        headers[count++] =
            (struct header){ STR("Authorization"), str_of(call->base.model->authorization) };
    return count;
}

/* Sends the request, as the first or as a later try. */
static void begin(struct provider_call *call)
{
    const struct model *model = call->base.model;
    struct header headers[3];
    struct fetch_options options = { .method = POST,
                                     .url = model->url,
                                     .headers = headers,
                                     .header_count = write_headers(call, headers),
                                     .body = buf_view(&call->request),
                                     .silence_ms = silence_ms(call) };

    ensure(call->fetch == NULL);
    ensure(!call->has_sent_text);
    ensure(buf_ok(&call->request));
    ensure(call->request.len > 0);
    call->status = 0;
    call->retry_after_ms = -1;
    buf_clear(&call->answer);
    note_event(call);
    timer_start(call->base.loop, &call->idle, idle_limit_ms(call));
    call->fetch = client_fetch(call->client, &options, &fetch_events, call);
    if (call->base.is_paused)
        fetch_pause(call->fetch);
}

static bool may_retry(const struct provider_call *call)
{
    int64_t allowed = call->base.model->options.retries;

    return !call->has_sent_text && call->retries < (allowed < 0 ? RETRIES_DEFAULT : allowed);
}

/* Starts the wait for the next try. asked_ms: what Retry-After says; -1: nothing. */
static void retry(struct provider_call *call, int64_t asked_ms)
{
    int64_t base_ms = call->base.model->options.retry_base_ms;
    uint32_t random;

    ensure(call->fetch == NULL);
    ensure(may_retry(call));
    random_bytes(&random, sizeof(random));
    call->retries++;
    uint64_t pause_ms = retry_pause_ms(base_ms > 0 ? (uint64_t)base_ms : RETRY_BASE_DEFAULT_MS,
                                       call->retries, random);
    timer_start(call->base.loop, &call->wait, asked_ms >= 0 ? (uint64_t)asked_ms : pause_ms);
}

/* The wait is over: for the next try, for the end of the body, or, where the request was too long
 * for a first try, until provider_start had returned. */
static void on_wait(struct timer *wait)
{
    struct provider_call *call = LIST_OWNER(wait, struct provider_call, wait);

    enter(call);
    if (call->is_whole)
        end_well(call);
    else if (!buf_ok(&call->request))
        end_with_error(call, provider_error, "The conversation is too long to be sent");
    else
        begin(call);
    leave(call);
}

/* ---- what the provider answers ---- */

static const struct dialect *dialect_of(const struct provider_call *call)
{
    return call->base.model->provider->dialect;
}

static struct refusal_context context_of(const struct provider_call *call)
{
    return (struct refusal_context){ .authorization = call->base.model->authorization,
                                     .has_chat_sibling = dialect_of(call)->has_chat_sibling };
}

/* Ends the call: the provider was not reached, or the connection broke. */
static void end_unreachable(struct provider_call *call, const char *reason)
{
    char message[REFUSAL_BYTES];

    (void)snprintf(message, sizeof(message), "%s: %s",
                   call->status == 0 ? "The model provider could not be reached"
                                     : "The connection to the model provider was lost",
                   reason);
    end_with_error(call, provider_error, message);
}

void provider_fail(struct provider_call *call, const char *message)
{
    end_with_error(call, provider_error, message);
}

void provider_refuse(struct provider_call *call, const json_t *error)
{
    struct refusal_context context = context_of(call);
    struct refusal refusal = refusal_of_error(&context, error);

    end_with_error(call, refusal.type, refusal.message);
}

/* A status other than 200: tried again where the cause may pass and the wait asked for is short. */
static void on_refusal(struct provider_call *call)
{
    ensure(call->fetch == NULL);
    ensure(call->status != 200);
    struct refusal_context context = context_of(call);
    struct refusal refusal = refusal_of_answer(&context, call->status, buf_view(&call->answer));
    bool is_passing = call->status == 429 || call->status >= 500;
    size_t len = strlen(refusal.message);

    if (is_passing && call->retry_after_ms > RETRY_AFTER_MAX_S * 1000)
        (void)snprintf(refusal.message + len, sizeof(refusal.message) - len,
                       ". It asks to wait %lld s, longer than the %d s that are waited",
                       (long long)(call->retry_after_ms / 1000), RETRY_AFTER_MAX_S);
    else if (is_passing && may_retry(call)) {
        retry(call, call->retry_after_ms);
        return;
    }
    end_with_error(call, refusal.type, refusal.message);
}

/* The body of an answer that is not a stream has come, or has grown too large. */
static void on_whole_answer(struct provider_call *call)
{
    AUTO(json_t) *answer = NULL;

    if (!buf_ok(&call->answer)) {
        end_with_error(call, provider_error, "The model provider's answer is too large");
    } else if (json_parse_owned(buf_view(&call->answer), PARSE_NUL_ALLOWED, &answer, NULL) !=
                   AGENTOS_OK ||
               !json_is_object(answer)) {
        end_with_error(call, provider_error, "The model provider's answer is not JSON");
    } else {
        dialect_of(call)->read_answer(call, answer);
        end_well(call);
    }
}

/* One event of the stream, read by the dialect. What follows the last one is not read. */
static void on_event(void *user, str event, str data)
{
    struct provider_call *call = user;
    AUTO(json_t) *json = NULL;

    (void)event; /* the data repeat its name */
    ensure(call->entered > 0);
    ensure(call->is_stream);
    note_event(call);
    if (call->base.is_over || call->is_whole)
        return;
    if (dialect_of(call)->last_event != NULL &&
        str_equal(data, str_of(dialect_of(call)->last_event)))
        provider_finish(call);
    else if (dialect_of(call)->skim_event != NULL && dialect_of(call)->skim_event(call, data))
        return;
    else if (json_parse_owned(data, PARSE_NUL_ALLOWED, &json, NULL) != AGENTOS_OK ||
             !json_is_object(json))
        end_with_error(call, provider_error, "The model provider sent an event that is not JSON");
    else
        dialect_of(call)->read_event(call, json);
}

/* ---- the fetch ---- */

/* Prepares for the body: an event stream, a whole answer, or the text of a refusal. */
static void on_head(void *user, int status, const struct headers *headers)
{
    struct provider_call *call = user;
    str value = STR("");

    ensure(!call->base.is_over);
    call->status = status;
    if (headers_find(headers, STR("retry-after"), &value) &&
        !retry_after_parse(value, clock_now_s(), &call->retry_after_ms))
        call->retry_after_ms = -1;
    value = STR("");
    (void)headers_find(headers, STR("content-type"), &value); /* without one it is not a stream */
    call->is_stream = status == 200 &&
                      str_equal_nocase(str_trim(str_split(&value, ';')), STR("text/event-stream"));
    sse_reader_clear(&call->reader);
    sse_reader_init(&call->reader, on_event, call);
    call->answer =
        buf_with_limit(status == 200 ? PROVIDER_BODY_MAX_BYTES : PROVIDER_ERROR_MAX_BYTES);
}

/* More of the body: events, or a piece of an answer that is read once it is whole. */
static void on_data(void *user, str bytes)
{
    struct provider_call *call = user;

    enter(call);
    if (!call->base.is_over && call->is_stream) {
        if (sse_feed(&call->reader, bytes, NULL) != AGENTOS_OK)
            end_with_error(call, provider_error,
                           "The model provider sent an event that is too large");
    } else if (!call->base.is_over) {
        buf_append(&call->answer, bytes);
        /* A refusal's text may be cut at the limit; an answer that reaches it is an error. */
        if (call->status == 200 && !buf_ok(&call->answer))
            on_whole_answer(call);
    }
    leave(call);
}

/* The body has come to its end as HTTP has it. Whether the answer is whole is another question. */
static void on_body_end(struct provider_call *call)
{
    if (call->status != 200)
        on_refusal(call);
    else if (!call->is_stream)
        on_whole_answer(call);
    else if (call->may_end)
        end_well(call);
    else
        end_with_error(call, provider_error,
                       "The model provider closed the stream before the answer was complete");
}

/* The fetch is over. How the call ends, or goes on, follows from what came before. */
static void on_end(void *user, agentos_status status, const char *reason)
{
    struct provider_call *call = user;

    call->fetch = NULL;
    timer_stop(&call->idle);
    enter(call);
    if (call->is_whole)
        end_well(call);
    else if (status == AGENTOS_OK)
        on_body_end(call);
    else if (status == AGENTOS_UPSTREAM && may_retry(call))
        retry(call, -1);
    else
        end_unreachable(call, reason);
    leave(call);
}

static const struct fetch_events fetch_events = { on_head, on_data, on_end };

/* ---- the driver ---- */

static struct provider_call *call_of(struct model_call *base)
{
    return LIST_OWNER(base, struct provider_call, base);
}

/* Sends the request, unless it is too long. */
static struct model_call *start(const struct model_call *base, struct client *client,
                                const struct model_request *request)
{
    struct provider_call *call = mem_zeroed(sizeof(*call));

    ensure(client != NULL);
    ensure(base->model->url != NULL);
    call->base = *base;
    call->client = client;
    call->wait.fire = on_wait;
    call->idle.fire = on_idle;
    call->wants_stream = request->stream;
    call->request = buf_with_limit(PROVIDER_REQUEST_MAX_BYTES);
    writer w = { .out = &call->request };
    dialect_of(call)->write_request(base->model, request, &w);
    if (buf_ok(&call->request))
        begin(call);
    else
        timer_start(base->loop, &call->wait, 0); /* no event before we return */
    return &call->base;
}

/* Inside one of our callbacks the call is only marked; leave frees it. */
static void cancel(struct model_call *base)
{
    ensure(!base->is_over);
    base->is_over = true;
    if (call_of(base)->entered == 0)
        release(call_of(base));
}

static void pause_fetch(struct model_call *base)
{
    if (call_of(base)->fetch != NULL)
        fetch_pause(call_of(base)->fetch);
}

/* The time that was spent paused does not count as the provider's silence. */
static void resume_fetch(struct model_call *base)
{
    note_event(call_of(base));
    if (call_of(base)->fetch != NULL)
        fetch_resume(call_of(base)->fetch);
}

const struct driver driver_http = {
    .prepare = provider_prepare,
    .start = start,
    .cancel = cancel,
    .pause = pause_fetch,
    .resume = resume_fetch,
};

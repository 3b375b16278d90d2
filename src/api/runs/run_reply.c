/* Sends the events or the result of a run to the client. */
#include "api/runs/run_reply.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "base/log.h"
#include "http/sse.h"
#include "loop/timer.h"

enum { HEARTBEAT_MS = 15 * 1000 };

/* The reply to a call that has started a run. Lives in the call's arena. */
struct run_reply {
    struct call *call;
    struct run *run;
    bool is_stream;        /* otherwise the reply is the run object */
    bool sends_all_events; /* otherwise only deltas */
    bool is_stream_begun;
    struct timer heartbeat; /* active while the stream is open */
    buf frame;              /* the event being sent */
};

/* Stops following the run and releases the buffers. */
static void end_reply(struct run_reply *reply)
{
    timer_stop(&reply->heartbeat);
    buf_clear(&reply->frame);
    call_follow(reply->call, NULL, NULL);
}

/* Sends the frame. Pauses the model if the client reads too slowly. */
static void send_frame(struct run_reply *reply)
{
    ensure(reply->is_stream_begun);

    struct exchange *exchange = reply->call->exchange;

    exchange_send(exchange, buf_view(&reply->frame));
    if (exchange_queued(exchange) > OUTPUT_HIGH_BYTES)
        run_pause_output(reply->run);
}

/* Sends a comment that keeps proxies from closing an idle connection. */
static void send_heartbeat(struct timer *timer)
{
    struct run_reply *reply = LIST_OWNER(timer, struct run_reply, heartbeat);

    ensure(reply->is_stream_begun);
    timer_start(reply->call->station->loop, timer, HEARTBEAT_MS);
    exchange_send(reply->call->exchange, STR(": heartbeat\n\n"));
}

/* Starts the stream at the first event. Until then a refusal still gets a status code. */
static void begin_stream_once(struct run_reply *reply)
{
    ensure(reply->is_stream);
    if (reply->is_stream_begun)
        return;
    reply->is_stream_begun = true;
    call_stream(reply->call);
    timer_start(reply->call->station->loop, &reply->heartbeat, HEARTBEAT_MS);
}

/* Sends one event of the run. */
static void on_event(void *user, const struct run_event *event)
{
    struct run_reply *reply = user;

    begin_stream_once(reply);
    if (!reply->sends_all_events && !event->is_delta)
        return;
    buf_empty(&reply->frame);
    sse_append(&reply->frame, event->name, event->json);
    send_frame(reply);
}

/* Answers with the reason that the run could not start. */
static void on_refused(void *user, const agentos_error *err)
{
    struct run_reply *reply = user;

    ensure(!reply->is_stream_begun);
    end_reply(reply);
    call_fail(reply->call, err);
}

/* Answers with the run object, or with the error if the run could not be saved. */
static void answer_object(struct call *call, const struct run *run)
{
    const agentos_error *storage = run_storage_error(run);
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);
    writer w = { .out = &body };

    if (storage != NULL) {
        call_fail(call, storage);
        return;
    }
    run_write(run, &w);
    call_buf_or(call, &body, run_row_refuse); /* GET can show the run without its history */
}

/* Ends the stream or answers with the run object. Logs a failed run, whose status code is 200. */
static void on_end(void *user, const struct run *run)
{
    struct run_reply *reply = user;
    struct call *call = reply->call;

    ensure(reply->is_stream == reply->is_stream_begun); /* every finished run has sent an event */
    if (run_failure(run) != NULL && run_storage_error(run) == NULL)
        LOG(LOG_WARNING, "run failed", log_text("agent", run_agent_id(run)),
            log_text("run", run_id(run)), log_text("why", run_failure(run)));
    end_reply(reply);
    if (reply->is_stream)
        call_end(call);
    else
        answer_object(call, run);
}

static const struct run_sink stream_sink = { on_refused, on_event, on_end };
static const struct run_sink object_sink = { .on_refused = on_refused, .on_end = on_end };

/* Returns the counter for a finished run. A refused run still has the status RUNNING. */
static enum metric end_metric(const struct run *run)
{
    static const enum metric ends[RUN_STATUS_COUNT] = {
        [RUN_STATUS_RUNNING] = METRIC_RUNS_REFUSED,
        [RUN_STATUS_COMPLETED] = METRIC_RUNS_COMPLETED,
        [RUN_STATUS_CANCELLED] = METRIC_RUNS_CANCELLED,
        [RUN_STATUS_ERROR] = METRIC_RUNS_FAILED,
    };

    return ends[run_status(run)];
}

/* Counts a finished run. Logs it if it could not be saved. */
void runs_over(void *context, const struct run *run)
{
    const struct context *services = context;
    struct metrics *metrics = services->station.metrics;
    const agentos_error *storage = run_storage_error(run);

    if (storage != NULL)
        LOG_SELDOM(LOG_ERROR, "run not saved", log_text("run", run_id(run)),
                   log_text("why", storage->message));
    metrics_add(metrics, METRIC_OPEN_RUNS, -1);
    metrics_add(metrics, end_metric(run), 1);
    if (storage == NULL && end_metric(run) == METRIC_RUNS_FAILED)
        metrics_add(metrics, METRIC_PROVIDER_ERRORS, 1);
}

/* Cancels the run after the client has left. The run is still saved. */
static void client_left(void *user)
{
    struct run_reply *reply = user;

    ensure(reply->run != NULL);
    run_remove_sink(reply->run, reply);
    run_cancel(reply->run, RUN_CANCEL_CLIENT_LEFT);
    end_reply(reply);
}

/* Resumes the model once the client has read the queued output. */
static void output_drained(void *user)
{
    const struct run_reply *reply = user;

    run_resume_output(reply->run);
}

static const struct follower follower = { client_left, output_drained };

/* Returns a new reply, allocated from the call's arena. */
static struct run_reply *new_reply(struct call *call, const struct run_request *request)
{
    struct run_reply *reply = arena_alloc(call->arena, sizeof(*reply));

    *reply = (struct run_reply){ .call = call,
                                 .is_stream = request->stream,
                                 .sends_all_events = request->keeps_events,
                                 .heartbeat.fire = send_heartbeat,
                                 .frame = buf_with_limit(OUTPUT_MAX_BYTES) };
    return reply;
}

void run_reply_start(struct call *call, const struct run_request *request)
{
    ensure(call->follower == NULL);
    ensure(request->stream || !request->keeps_events);

    const struct run_sink *sink = request->stream ? &stream_sink : &object_sink;
    struct run_reply *reply = new_reply(call, request);

    call_follow(call, &follower, reply);
    metrics_add(call->station->metrics, METRIC_OPEN_RUNS, 1);
    exchange_end_at_eof(call->exchange); /* a client that half-closes has left */
    reply->run = run_start(&call_context(call)->runs, request, sink, reply);
}

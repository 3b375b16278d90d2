/* Answers, the access log, and database work that outlives a client that leaves. */
#include "web/call.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/refusals.h"

/* ---- the access log ---- */

/* The access log: one line for each answered call. */
static void log_call(const struct call *call, uint64_t took_us)
{
    const struct principal *who = call->principal;

    if (!log_is_on(LOG_INFO))
        return;
    char id[24], word[REFUSAL_WORD_SIZE];
    bool is_refusal = call->status == 401 || call->status == 403 || call->status == 429;
    (void)snprintf(id, sizeof(id), "%u-%llu", call->station->number,
                   (unsigned long long)call->number);
    LOG(LOG_INFO, "request", log_text("id", id), log_text("peer", call->request->peer),
        log_str("method", call->request->method_text), log_str("path", call->request->path),
        log_int("status", call->status), log_int("us", (int64_t)took_us),
        log_text("user", who != NULL && who->user_id != NULL ? who->user_id : "-"),
        log_text(is_refusal ? "reason" : NULL, /* NULL ends the list */
                 refusal_word(call->refusal, word)));
}

/* Counts and logs an answered call. */
static void record_answer(const struct call *call)
{
    ensure(call->status >= 200);

    uint64_t took_us = (clock_monotonic_ns() - call->started_ns) / 1000;
    const struct surface *surface = call->surface;
    size_t route = call->route != NULL ? (size_t)(call->route - surface->rows) : surface->count;

    metrics_answered(call->station->metrics, route, call->status, took_us);
    log_call(call, took_us);
    call_over(call);
}

void call_use_current_surface(struct call *call)
{
    struct surface *current = call->station->surface;

    ensure(current != NULL);
    ensure(call->task == NULL); /* a task under way may borrow from this call */
    if (call->surface == current)
        return;
    surface_ref(current);
    arena_defer(call->arena, surface_unref, current);
    call->surface = current;
}

/* The account that a call is held on: its user's, or where nobody said who they are, its peer's. */
static const char *holder_of(const struct call *call)
{
    const struct principal *who = call->principal;

    ensure(who != NULL);
    if (who->user_id == NULL && who->kind <= PRINCIPAL_OPEN)
        return arena_printf(call->arena, "%d\n%s", (int)who->kind, call->request->peer);
    return arena_printf(call->arena, "%d\n%s\n%s", (int)who->kind, who->issuer,
                        who->user_id != NULL ? who->user_id : "");
}

static void fail_over_quota(struct call *call, const char *exceeded)
{
    const struct quota_amount *bound = &call->surface->caller_quota;
    agentos_error err;

    if (strcmp(exceeded, "runs") == 0)
        (void)refuse_with(&err, REFUSAL_RUNS_EXCEEDED, bound->runs); /* answered below */
    else
        (void)refuse_with(&err, REFUSAL_HELD_BYTES_EXCEEDED, bound->bytes); /* likewise */
    call_fail(call, &err);
}

bool call_hold(struct call *call, struct quota_amount amount)
{
    if (call->share == NULL) {
        call->share = quota_share_new(call->station->quota, str_of(holder_of(call)));
        arena_defer(call->arena, quota_share_unref, call->share);
    }
    const char *exceeded = quota_share_set(call->share, amount, call->surface->caller_quota);
    if (exceeded != NULL)
        fail_over_quota(call, exceeded);
    return exceeded == NULL;
}

void call_over(const struct call *call)
{
    metrics_add(call->station->metrics, METRIC_OPEN_REQUESTS, -1);
    if (call->is_streaming)
        metrics_add(call->station->metrics, METRIC_OPEN_STREAMS, -1);
}

/* ---- answering ---- */

/* The reply with the CORS headers of this request, in the call's arena. */
static struct reply with_cors(struct call *call, const struct reply *reply)
{
    struct cors_headers cors;
    cors_answer(&call->surface->cors, call->request, call->is_auth_error, &cors);

    size_t count = reply->header_count + cors.count;
    struct header *all = arena_alloc(call->arena, (count + 1) * sizeof(*all));
    for (size_t i = 0; i < reply->header_count; i++)
        all[i] = reply->headers[i];
    for (size_t i = 0; i < cors.count; i++)
        all[reply->header_count + i] = cors.all[i];

    struct reply full = *reply;
    full.headers = all;
    full.header_count = count;
    return full;
}

void call_reply_as_is(struct call *call, const struct reply *reply)
{
    ensure(call->task == NULL && !call->is_streaming);
    call->status = reply->status;
    record_answer(call);
    exchange_reply(call->exchange, reply);
}

void call_reply(struct call *call, const struct reply *reply)
{
    struct reply full = with_cors(call, reply);

    call_reply_as_is(call, &full);
}

void call_json(struct call *call, int status, str json)
{
    ensure(status >= 200 && status < 600);
    call_reply(call, &(struct reply){
                         .status = status, .content_type = "application/json", .body = json });
}

void call_empty(struct call *call, int status)
{
    ensure(status >= 200 && status < 600);
    call_reply(call, &(struct reply){ .status = status, .content_type = "application/json" });
}

void call_fail(struct call *call, const agentos_error *err)
{
    AUTO_BUF body = buf_with_limit(64 * KiB);
    writer w = { .out = &body };

    call->refusal = (enum refusal_code)err->code;
    /* What went wrong inside is for the log; outside, the reference's one sentence. */
    if (err->status == AGENTOS_INTERNAL)
        LOG(LOG_ERROR, "internal error", log_text("why", err->message));
    write_object(&w);
    write_member(&w, "detail",
                 err->status == AGENTOS_INTERNAL ? "Internal server error" : err->message);
    write_end(&w);
    call_json(call, agentos_status_http(err->status), buf_view(&body));
}

void call_invalid(struct call *call, const struct problems *problems)
{
    AUTO_BUF body = buf_with_limit(128 * KiB);
    writer w = { .out = &body };

    ensure(problems->count > 0);
    write_object(&w);
    write_key(&w, "detail");
    problems_write(problems, &w);
    write_end(&w);
    call_json(call, 422, buf_view(&body));
}

void call_buf(struct call *call, const buf *json)
{
    if (buf_ok(json))
        call_json(call, 200, buf_view(json));
    else
        call_fail(call, &(agentos_error){ .status = AGENTOS_INTERNAL,
                                          .message = "an answer outgrew its limit" });
}

void call_buf_or(struct call *call, const buf *json,
                 agentos_status (*fill_refusal)(agentos_error *err))
{
    agentos_error err = { 0 };

    ensure(fill_refusal != NULL);
    if (buf_ok(json)) {
        call_json(call, 200, buf_view(json));
        return;
    }
    (void)fill_refusal(&err);
    call_fail(call, &err);
}

void call_stream(struct call *call)
{
    static const struct header stream_headers[] = {
        { STR_INIT("cache-control"), STR_INIT("no-cache") },
        { STR_INIT("x-accel-buffering"), STR_INIT("no") },
    };
    struct reply full =
        with_cors(call, &(struct reply){ .status = 200,
                                         .content_type = "text/event-stream; charset=utf-8",
                                         .headers = stream_headers,
                                         .header_count = 2 });

    ensure(!call->is_streaming && call->status == 0);
    call->status = 200;
    call->is_streaming = true;
    metrics_add(call->station->metrics, METRIC_OPEN_STREAMS, 1);
    exchange_begin(call->exchange, &full);
}

void call_end(struct call *call)
{
    ensure(call->is_streaming);
    record_answer(call);
    exchange_end(call->exchange);
}

void call_follow(struct call *call, const struct follower *follower, void *user)
{
    ensure(follower == NULL || (follower->left != NULL && follower->drained != NULL));
    ensure(follower == NULL || call->follower == NULL);
    call->follower = follower;
    call->followed = user;
}

/* ---- database work ---- */

void *call_task(struct call *call, size_t size)
{
    arena *a = arena_new();
    struct task *task = arena_alloc(a, size);

    ensure(size >= sizeof(struct task) && call->task == NULL);
    surface_ref(call->surface);
    arena_defer(a, surface_unref, call->surface); /* the call may end before the task does */
    if (call->share != NULL)
        arena_defer(a, quota_share_unref, quota_share_ref(call->share));
    task->arena = a;
    task->call = call;
    call->task = task;
    return task;
}

void *call_input(struct call *call)
{
    ensure(call->route != NULL && route_input(call->route)->record >= sizeof(struct task));
    ensure(call->task != NULL);
    return call->task;
}

void call_drop(struct call *call, struct task *task)
{
    ensure(call->task == task && task->busy == NULL);
    call->task = NULL;
    arena_free(task->arena);
}

void call_refuse(struct call *call, struct task *task, const struct problems *problems,
                 const agentos_error *err)
{
    call_drop(call, task);
    if (problems->count > 0)
        call_invalid(call, problems);
    else
        call_fail(call, err);
}

bool call_query(const struct call *call, const struct param *table, struct task *task,
                struct problems *problems, agentos_error *err)
{
    struct form form = { 0 };
    arena *a = task->arena;

    ensure(table != NULL && call->task == task);
    return form_parse_query(a, call->request->query, QUERY_FIELDS_MAX, &form, err) == AGENTOS_OK &&
           params_read(table, &form, "query", a, task, problems);
}

static agentos_status run_task(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct task *task = (struct task *)(void *)job;

    ensure(task->run != NULL);
    return task->run(conn, task, err);
}

static void task_committed(struct db_job *job)
{
    struct task *task = (struct task *)(void *)job;

    ensure(task->committed != NULL);
    task->committed(task);
}

/* On the loop: the answer, if the client is still there. */
static void task_done(struct db_job *job)
{
    struct task *task = (struct task *)(void *)job;
    struct call *call = task->call;
    struct busy *busy = task->busy;

    ensure(busy != NULL && (call == NULL || call->task == task));
    if (call != NULL) {
        call->task = NULL;
        if (job->status == AGENTOS_OK)
            task->then(call, task);
        else
            call_fail(call, &job->err);
    }
    arena_free(task->arena);
    busy_end(busy);
}

/* Everything of the task but the queue it goes to. */
static void prepare_task(struct task *task,
                         agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
                         void (*then)(struct call *, struct task *))
{
    ensure(run != NULL && then != NULL);
    ensure(task->call != NULL && task->call->task == task);
    task->run = run;
    task->then = then;
    task->busy = &task->call->station->busy;
    busy_begin(task->busy);
    task->job = (struct db_job){ .home = task->call->station->loop,
                                 .run = run_task,
                                 .committed = task->committed != NULL ? task_committed : NULL,
                                 .done = task_done };
}

void call_read(struct task *task,
               agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
               void (*then)(struct call *, struct task *))
{
    prepare_task(task, run, then);
    db_read(task->call->station->db, &task->job);
}

void call_write(struct task *task,
                agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
                void (*then)(struct call *, struct task *))
{
    prepare_task(task, run, then);
    db_write(task->call->station->db, &task->job);
}

enum isolation call_isolation(const struct call *call)
{
    ensure(call->principal != NULL);
    return isolation_of(call->principal, authority_isolates(call->surface->authority));
}

struct owner call_reader(const struct call *call, arena *a)
{
    const struct principal *who = call->principal;

    ensure(who != NULL);
    enum isolation isolation = call_isolation(call);

    if (isolation == ISOLATION_REFUSED)
        return (struct owner){ 0 };
    return (struct owner){ .everyone = isolation == ISOLATION_LIFTED,
                           .issuer = arena_copy(a, str_of(who->issuer)),
                           .user_id = arena_copy_text(a, who->user_id) };
}

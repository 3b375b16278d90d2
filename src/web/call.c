/* Helpers by which a handler answers its call and runs database work. */
#include "web/call.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/refusals.h"
#include "web/failure.h"

enum {
    FAILURE_MAX_BYTES = 64 * KiB,   /* for one escaped message */
    PROBLEMS_MAX_BYTES = 128 * KiB, /* for the list of problems of a 422 */
};

/* ---- the access log ---- */

/* Returns the address of the client behind a trusted proxy, or NULL. */
static const char *client_of(const struct call *call)
{
    const struct authority *authority = call->surface->authority;

    return authority != NULL ? authority_client(authority, call->request, call->arena) : NULL;
}

/* Writes the access log line of an answered call. */
static void log_call(const struct call *call, uint64_t took_us)
{
    const struct principal *who = call->principal;

    if (!log_is_on(LOG_INFO))
        return;
    char id[32], word[REFUSAL_WORD_SIZE];
    const char *user = who != NULL && who->user_id != NULL ? who->user_id : "-";
    struct log_field optional[2] = { { .name = NULL } }; /* the first NULL ends the list */
    size_t count = 0;
    const char *client = client_of(call);

    if (client != NULL)
        optional[count++] = log_text("client", client);
    if (call->status == 401 || call->status == 403 || call->status == 429)
        optional[count++] = log_text("reason", refusal_word(call->refusal, word));
    /* at most 10 and 20 digits */
    (void)snprintf(id, sizeof(id), "%u-%llu", call->station->number,
                   (unsigned long long)call->number);
    LOG(LOG_INFO, "request", log_text("id", id), log_text("peer", call->request->peer),
        log_str("method", call->request->method_text), log_str("path", call->request->path),
        log_int("status", call->status), log_int("us", (int64_t)took_us), log_text("user", user),
        optional[0], optional[1]);
}

/* Counts and logs an answered call. */
static void record_answer(const struct call *call)
{
    ensure(call->status >= 200 && call->status < 600);
    ensure(call->asked == NULL || call->asked < call->surface->rows + call->surface->count);
    ensure(call->route == NULL || call->route == call->asked);

    uint64_t took_us = (clock_monotonic_ns() - call->started_ns) / 1000;
    const struct surface *surface = call->surface;
    size_t route = call->asked != NULL ? (size_t)(call->asked - surface->rows) : surface->count;

    metrics_answered(call->station->metrics, route, call->status, took_us);
    log_call(call, took_us);
    call_over(call);
}

/* Switches to the current configuration. The previous one stays valid until the arena is freed. */
void call_use_current_surface(struct call *call)
{
    struct surface *current = call->station->surface;

    ensure(current != NULL);
    ensure(call->task == NULL); /* a task may borrow from the old surface */
    if (call->surface == current)
        return;
    surface_ref(current);
    arena_defer(call->arena, surface_unref, current);
    call->surface = current;
}

/* Returns the quota key of the caller: the user, or else the client's address. */
static const char *quota_key(const struct call *call)
{
    const struct principal *who = call->principal;

    ensure(who != NULL);
    if (who->user_id == NULL && who->kind <= PRINCIPAL_OPEN)
        return arena_printf(call->arena, "%d\n%s", (int)who->kind, call->request->peer);
    return arena_printf(call->arena, "%d\n%s\n%s", (int)who->kind, who->issuer,
                        who->user_id != NULL ? who->user_id : "");
}

/* Answers 429. `exceeded` is "runs" or "bytes". */
static void answer_over_quota(struct call *call, const char *exceeded)
{
    ensure(strcmp(exceeded, "runs") == 0 || strcmp(exceeded, "bytes") == 0);
    const struct quota_amount *bound = &call->surface->caller_quota;
    agentos_error err;

    if (strcmp(exceeded, "runs") == 0)
        (void)refuse_with(&err, REFUSAL_RUNS_EXCEEDED, bound->runs); /* answered below */
    else
        (void)refuse_with(&err, REFUSAL_HELD_BYTES_EXCEEDED, bound->bytes); /* answered below */
    call_fail(call, &err);
}

/* Sets the call's share of its caller's quota. Answers 429 and returns false if the quota is
 * exceeded. */
bool call_hold(struct call *call, struct quota_amount amount)
{
    ensure(call->station->quota != NULL);
    if (call->share == NULL) {
        call->share = quota_share_new(call->station->quota, str_of(quota_key(call)));
        arena_defer(call->arena, quota_share_unref, call->share);
    }
    const char *exceeded = quota_share_set(call->share, amount, call->surface->caller_quota);
    if (exceeded != NULL)
        answer_over_quota(call, exceeded);
    return exceeded == NULL;
}

/* Counts the call as over. */
void call_over(const struct call *call)
{
    metrics_add(call->station->metrics, METRIC_OPEN_REQUESTS, -1);
    if (call->is_streaming)
        metrics_add(call->station->metrics, METRIC_OPEN_STREAMS, -1);
}

/* ---- answering ---- */

/* Returns the reply with the request's CORS headers added, allocated in the call's arena. */
static struct reply with_cors(struct call *call, const struct reply *reply)
{
    struct cors_headers cors;
    cors_answer(&call->surface->cors, call->request, call->is_auth_error, &cors);

    ensure(reply->headers != NULL || reply->header_count == 0);
    ensure(cors.count <= COUNT(cors.all));
    size_t count = reply->header_count + cors.count;
    struct header *all = arena_array(call->arena, count, sizeof(*all));
    for (size_t i = 0; i < reply->header_count; i++)
        all[i] = reply->headers[i];
    for (size_t i = 0; i < cors.count; i++)
        all[reply->header_count + i] = cors.all[i];

    struct reply full = *reply;
    full.headers = all;
    full.header_count = count;
    return full;
}

/* Sends the reply as it is. Ends the call. */
void call_reply_as_is(struct call *call, const struct reply *reply)
{
    ensure(call->task == NULL && !call->is_streaming);
    call->status = reply->status;
    record_answer(call);
    exchange_reply(call->exchange, reply);
}

/* Sends the reply with CORS headers. Ends the call. */
void call_reply(struct call *call, const struct reply *reply)
{
    struct reply full = with_cors(call, reply);

    call_reply_as_is(call, &full);
}

/* Answers with JSON. Ends the call. */
void call_json(struct call *call, int status, str json)
{
    ensure(status >= 200 && status < 600);
    call_reply(call, &(struct reply){
                         .status = status, .content_type = "application/json", .body = json });
}

/* Answers without a body, but with a JSON content type. Ends the call. */
void call_empty(struct call *call, int status)
{
    ensure(status >= 200 && status < 600);
    call_reply(call, &(struct reply){ .status = status, .content_type = "application/json" });
}

/* Answers {"detail": MESSAGE} with the HTTP status of the error. Ends the call. */
void call_fail(struct call *call, const agentos_error *err)
{
    AUTO_BUF body = buf_with_limit(FAILURE_MAX_BYTES);
    writer w = { .out = &body };

    ensure(err->status != AGENTOS_OK);
    call->refusal = refusal_of(err);
    /* never sent to the client */
    if (err->status == AGENTOS_INTERNAL)
        LOG_SELDOM(LOG_ERROR, "internal error", log_text("why", err->message));
    failure_write(err->status == AGENTOS_INTERNAL ? "Internal server error" : err->message, &w);
    call_json(call, agentos_status_http(err->status), buf_view(&body));
}

/* Answers 422 with the problems. Ends the call. */
void call_invalid(struct call *call, const struct problems *problems)
{
    AUTO_BUF body = buf_with_limit(PROBLEMS_MAX_BYTES);
    writer w = { .out = &body };

    ensure(problems->count > 0);
    shape_write(&invalid_shape, problems, ABSENT_LEFT_OUT, &w);
    call_json(call, 422, buf_view(&body));
}

/* Answers 500 because the response exceeds its size limit. Ends the call. */
void call_outgrown(struct call *call)
{
    const agentos_error err = {
        .status = AGENTOS_INTERNAL,
        .message = "an answer outgrew its limit",
    };

    call_fail(call, &err);
}

/* Answers 200 with the text, or 500 if it exceeded its limit. Ends the call. */
void call_buf(struct call *call, const buf *json)
{
    if (buf_ok(json))
        call_json(call, 200, buf_view(json));
    else
        call_outgrown(call);
}

/* Answers 200 with the text, or with the given refusal if it exceeded its limit. Ends the call. */
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

/* Begins a stream of server-sent events. The headers keep caches and nginx from buffering it. */
void call_stream(struct call *call)
{
    ensure(!call->is_streaming && call->status == 0);
    static const struct header stream_headers[] = {
        { STR_INIT("cache-control"), STR_INIT("no-cache") },
        { STR_INIT("x-accel-buffering"), STR_INIT("no") },
    };
    struct reply full =
        with_cors(call, &(struct reply){ .status = 200,
                                         .content_type = "text/event-stream; charset=utf-8",
                                         .headers = stream_headers,
                                         .header_count = COUNT(stream_headers) });

    call->status = 200;
    call->is_streaming = true;
    metrics_add(call->station->metrics, METRIC_OPEN_STREAMS, 1);
    exchange_begin(call->exchange, &full);
}

/* Ends the stream. Ends the call. */
void call_end(struct call *call)
{
    ensure(call->is_streaming);
    record_answer(call);
    exchange_end(call->exchange);
}

/* Sets the follower of the call, or removes it if it is NULL. */
void call_follow(struct call *call, const struct follower *follower, void *user)
{
    ensure(follower == NULL || (follower->left != NULL && follower->drained != NULL));
    ensure(follower == NULL || call->follower == NULL);
    call->follower = follower;
    call->followed = user;
}

/* ---- database work ---- */

/* Allocates the call's task in its own arena, because it may outlive the call. */
void *call_task(struct call *call, size_t size)
{
    ensure(size >= sizeof(struct task) && call->task == NULL);
    arena *a = arena_new();
    struct task *task = arena_alloc(a, size);

    surface_ref(call->surface);
    arena_defer(a, surface_unref, call->surface); /* the call may end first */
    if (call->share != NULL)
        arena_defer(a, quota_share_unref, quota_share_ref(call->share));
    task->arena = a;
    task->call = call;
    call->task = task;
    return task;
}

/* Returns the call's task, which begins the record that was filled from the request. */
void *call_input(struct call *call)
{
    ensure(call->route != NULL && route_input(call->route)->record >= sizeof(struct task));
    ensure(call->task != NULL);
    return call->task;
}

/* Frees the call's task, which must not have been started. */
void call_drop(struct call *call, struct task *task)
{
    ensure(call->task == task && task->busy == NULL);
    call->task = NULL;
    arena_free(task->arena);
}

/* Frees the task, and answers with the problems, or with err if there are none. */
void call_refuse(struct call *call, struct task *task, const struct problems *problems,
                 const agentos_error *err)
{
    call_drop(call, task);
    if (problems->count > 0)
        call_invalid(call, problems);
    else
        call_fail(call, err);
}

/* Reads the query into the task's record. On failure sets either problems or err. */
bool call_query(const struct call *call, const struct param *table, struct task *task,
                struct problems *problems, agentos_error *err)
{
    struct form form = { 0 };
    arena *a = task->arena;

    ensure(table != NULL && call->task == task);
    return form_parse_query(a, call->request->query, QUERY_FIELDS_MAX, &form, err) == AGENTOS_OK &&
           params_read(table, &form, "query", a, task, problems);
}

/* Runs the task on a database thread, which must not use the call. */
static agentos_status run_task(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct task *task = (struct task *)(void *)job;

    ensure(task->run != NULL && conn != NULL);
    return task->run(conn, task, err);
}

/* Reads the data and writes the response on a database thread, where the data is freed too. */
static agentos_status run_rendering(struct db_conn *conn, struct task *task, agentos_error *err)
{
    const struct rendering *rendering = task->rendering;
    AUTO(arena) *scratch = arena_new();

    ensure(rendering != NULL && task->scratch == NULL);
    task->scratch = scratch;
    agentos_status status = rendering->read(conn, task, err);
    if (status == AGENTOS_OK)
        rendering->write(task, &(writer){ .out = &task->body });
    task->scratch = NULL;
    TRY(status);
    return buf_ok(&task->body) ? AGENTOS_OK : rendering->refuse(err);
}

/* Sends the response that run_rendering has written. */
static void answer_rendered(struct call *call, struct task *task)
{
    ensure(buf_ok(&task->body));
    call_reply(call, &(struct reply){ .status = 200,
                                      .content_type = "application/json",
                                      .body = buf_view(&task->body),
                                      .memory = &task->body.ptr });
}

static void clear_body(void *body)
{
    buf_clear(body);
}

/* Calls the task's `committed` on the writer thread after COMMIT, even if the client has left. */
static void run_committed(struct db_job *job)
{
    struct task *task = (struct task *)(void *)job;

    ensure(task->committed != NULL);
    task->committed(task);
}

/* Called on the loop when the job is done. Answers the call unless the client has left; frees the
 * task. */
static void finish_task(struct db_job *job)
{
    struct task *task = (struct task *)(void *)job;
    struct call *call = task->call;
    struct busy *busy = task->busy;

    ensure(busy != NULL);
    ensure(call == NULL || call->task == task);
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

/* Prepares the task's database job. The station is busy until it is done. */
static void prepare_task(struct task *task,
                         agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
                         void (*then)(struct call *, struct task *))
{
    ensure(run != NULL && then != NULL);
    ensure(task->call != NULL && task->call->task == task);
    ensure(task->busy == NULL); /* not started yet */
    task->run = run;
    task->then = then;
    task->busy = &task->call->station->busy;
    busy_begin(task->busy);
    task->job = (struct db_job){ .home = task->call->station->loop,
                                 .run = run_task,
                                 .committed = task->committed != NULL ? run_committed : NULL,
                                 .done = finish_task };
}

/* Runs the task on a reader thread, then calls `then` on the loop if the client is still
 * connected. */
void call_read(struct task *task,
               agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
               void (*then)(struct call *, struct task *))
{
    prepare_task(task, run, then);
    db_read(task->call->station->db, &task->job);
}

/* Like call_read, but on the thread for full scans, so that other reads do not wait. */
void call_search(struct task *task,
                 agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
                 void (*then)(struct call *, struct task *))
{
    prepare_task(task, run, then);
    db_read_as(task->call->station->db, DB_READ_SEARCH, &task->job);
}

/* Reads and writes the response on a reader thread, then sends it from the loop. */
void call_render(struct task *task, enum db_read_kind kind, const struct rendering *rendering)
{
    ensure(rendering->read != NULL && rendering->write != NULL && rendering->refuse != NULL);
    task->rendering = rendering;
    task->body = buf_with_limit(OUTPUT_MAX_BYTES);
    arena_defer(task->arena, clear_body, &task->body);
    prepare_task(task, run_rendering, answer_rendered);
    db_read_as(task->call->station->db, kind, &task->job);
}

/* Runs the task on the writer thread, then calls `then` on the loop if the client is still
 * connected. */
void call_write(struct task *task,
                agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
                void (*then)(struct call *, struct task *))
{
    prepare_task(task, run, then);
    db_write(task->call->station->db, &task->job);
}

/* Returns whether the caller can reach only their own rows. */
enum isolation call_isolation(const struct call *call)
{
    ensure(call->principal != NULL);
    return isolation_of(call->principal, authority_isolates(call->surface->authority));
}

/* Returns whose rows the caller can reach, copied to the arena. A zeroed owner reaches none. */
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

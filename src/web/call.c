/* Implements the functions by which a handler answers its call (one request and its answer) and
 * runs database work for it. Everything runs on the call's loop, except run_task and run_committed,
 * which run on database threads. */
#include "web/call.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/refusals.h"
#include "web/failure.h"

enum {
    FAILURE_MAX_BYTES = 64 * KiB,   /* enough for one escaped message */
    PROBLEMS_MAX_BYTES = 128 * KiB, /* for the list of problems of a 422 */
};

/* ---- the access log ---- */

/* Writes the line of the access log for an answered call. */
static void log_call(const struct call *call, uint64_t took_us)
{
    const struct principal *who = call->principal;

    if (!log_is_on(LOG_INFO))
        return;
    char id[32], word[REFUSAL_WORD_SIZE];
    const char *user = who != NULL && who->user_id != NULL ? who->user_id : "-";
    bool is_refusal = call->status == 401 || call->status == 403 || call->status == 429;
    /* The two numbers have at most 10 and 20 digits. */
    (void)snprintf(id, sizeof(id), "%u-%llu", call->station->number,
                   (unsigned long long)call->number);
    LOG(LOG_INFO, "request", log_text("id", id), log_text("peer", call->request->peer),
        log_str("method", call->request->method_text), log_str("path", call->request->path),
        log_int("status", call->status), log_int("us", (int64_t)took_us), log_text("user", user),
        log_text(is_refusal ? "reason" : NULL, /* NULL ends the list */
                 refusal_word(call->refusal, word)));
}

/* Counts and logs a call that has been answered. */
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

/* Switches the call to the current surface (the routes and rules of one edition of the
 * configuration). The previous surface stays valid until the call's arena is freed. */
void call_use_current_surface(struct call *call)
{
    struct surface *current = call->station->surface;

    ensure(current != NULL);
    ensure(call->task == NULL); /* a task in progress may borrow from the old surface */
    if (call->surface == current)
        return;
    surface_ref(current);
    arena_defer(call->arena, surface_unref, current);
    call->surface = current;
}

/* Returns the name of the quota account that this call counts against: that of the user, or that of
 * the peer's address if no user is known. Different kinds of principals never share an account. */
static const char *name_holder(const struct call *call)
{
    const struct principal *who = call->principal;

    ensure(who != NULL);
    if (who->user_id == NULL && who->kind <= PRINCIPAL_OPEN)
        return arena_printf(call->arena, "%d\n%s", (int)who->kind, call->request->peer);
    return arena_printf(call->arena, "%d\n%s\n%s", (int)who->kind, who->issuer,
                        who->user_id != NULL ? who->user_id : "");
}

/* Answers 429, because the caller has exceeded the bound named by exceeded, "runs" or "bytes". */
static void answer_over_quota(struct call *call, const char *exceeded)
{
    ensure(strcmp(exceeded, "runs") == 0 || strcmp(exceeded, "bytes") == 0);
    const struct quota_amount *bound = &call->surface->caller_quota;
    agentos_error err;

    if (strcmp(exceeded, "runs") == 0)
        (void)refuse_with(&err, REFUSAL_RUNS_EXCEEDED,
                          bound->runs); /* the error is answered below */
    else
        (void)refuse_with(&err, REFUSAL_HELD_BYTES_EXCEEDED,
                          bound->bytes); /* the error is answered below */
    call_fail(call, &err);
}

/* Sets how much the call holds of its caller's quota. Returns false if that exceeds the quota; the
 * call has been answered then. */
bool call_hold(struct call *call, struct quota_amount amount)
{
    ensure(call->station->quota != NULL);
    if (call->share == NULL) {
        call->share = quota_share_new(call->station->quota, str_of(name_holder(call)));
        arena_defer(call->arena, quota_share_unref, call->share);
    }
    const char *exceeded = quota_share_set(call->share, amount, call->surface->caller_quota);
    if (exceeded != NULL)
        answer_over_quota(call, exceeded);
    return exceeded == NULL;
}

/* Counts the call as over. The answering functions call this themselves. */
void call_over(const struct call *call)
{
    metrics_add(call->station->metrics, METRIC_OPEN_REQUESTS, -1);
    if (call->is_streaming)
        metrics_add(call->station->metrics, METRIC_OPEN_STREAMS, -1);
}

/* ---- answering ---- */

/* Returns a copy of the reply with the CORS headers for this request added. The headers are
 * allocated in the call's arena. */
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

/* Sends the reply without adding headers. The call is gone when this returns. */
void call_reply_as_is(struct call *call, const struct reply *reply)
{
    ensure(call->task == NULL && !call->is_streaming);
    call->status = reply->status;
    record_answer(call);
    exchange_reply(call->exchange, reply);
}

/* Sends the reply with the CORS headers for this request added. The call is gone when this
 * returns. */
void call_reply(struct call *call, const struct reply *reply)
{
    struct reply full = with_cors(call, reply);

    call_reply_as_is(call, &full);
}

/* Answers with JSON text. The call is gone when this returns. */
void call_json(struct call *call, int status, str json)
{
    ensure(status >= 200 && status < 600);
    call_reply(call, &(struct reply){
                         .status = status, .content_type = "application/json", .body = json });
}

/* Answers without a body, but with the content type that the contract demands. The call is gone
 * when this returns. */
void call_empty(struct call *call, int status)
{
    ensure(status >= 200 && status < 600);
    call_reply(call, &(struct reply){ .status = status, .content_type = "application/json" });
}

/* Answers {"detail": MESSAGE} with the HTTP status of the error. The message of an internal error
 * is only logged. The call is gone when this returns. */
void call_fail(struct call *call, const agentos_error *err)
{
    AUTO_BUF body = buf_with_limit(FAILURE_MAX_BYTES);
    writer w = { .out = &body };

    ensure(err->status != AGENTOS_OK);
    call->refusal = refusal_of(err);
    /* The message of an internal error is for the log only. The client gets a fixed message. */
    if (err->status == AGENTOS_INTERNAL)
        LOG_SELDOM(LOG_ERROR, "internal error", log_text("why", err->message));
    failure_write(err->status == AGENTOS_INTERNAL ? "Internal server error" : err->message, &w);
    call_json(call, agentos_status_http(err->status), buf_view(&body));
}

/* Answers 422 with the list of problems, which must not be empty. The call is gone when this
 * returns. */
void call_invalid(struct call *call, const struct problems *problems)
{
    AUTO_BUF body = buf_with_limit(PROBLEMS_MAX_BYTES);
    writer w = { .out = &body };

    ensure(problems->count > 0);
    shape_write(&invalid_shape, problems, ABSENT_LEFT_OUT, &w);
    call_json(call, 422, buf_view(&body));
}

/* Answers 500 because the answer has outgrown its limit. The call is gone when this returns. */
void call_outgrown(struct call *call)
{
    const agentos_error err = {
        .status = AGENTOS_INTERNAL,
        .message = "an answer outgrew its limit",
    };

    call_fail(call, &err);
}

/* Answers 200 with the text, or 500 if the text has outgrown its limit. The call is gone when this
 * returns. */
void call_buf(struct call *call, const buf *json)
{
    if (buf_ok(json))
        call_json(call, 200, buf_view(json));
    else
        call_outgrown(call);
}

/* Answers 200 with the text, or with the error that fill_refusal fills in if the text has outgrown
 * its limit. The call is gone when this returns. */
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

/* Begins a stream of server-sent events, which call_end ends. The headers keep caches from storing
 * it and nginx from buffering it. */
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

/* Ends the stream of the call. The call is gone when this returns. */
void call_end(struct call *call)
{
    ensure(call->is_streaming);
    record_answer(call);
    exchange_end(call->exchange);
}

/* Sets who is told when the client leaves or has taken what was sent. NULL withdraws the present
 * follower. */
void call_follow(struct call *call, const struct follower *follower, void *user)
{
    ensure(follower == NULL || (follower->left != NULL && follower->drained != NULL));
    ensure(follower == NULL || call->follower == NULL);
    call->follower = follower;
    call->followed = user;
}

/* ---- database work ---- */

/* Allocates the call's task, zeroed, in an arena of its own, because the client may leave while the
 * task runs. That arena keeps the surface and the quota share of the call alive. */
void *call_task(struct call *call, size_t size)
{
    ensure(size >= sizeof(struct task) && call->task == NULL);
    arena *a = arena_new();
    struct task *task = arena_alloc(a, size);

    surface_ref(call->surface);
    arena_defer(a, surface_unref, call->surface); /* the call may end before the task does */
    if (call->share != NULL)
        arena_defer(a, quota_share_unref, quota_share_ref(call->share));
    task->arena = a;
    task->call = call;
    call->task = task;
    return task;
}

/* Returns the record that was filled from the request before the handler was called. It begins with
 * the call's task. */
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

/* Frees the task, which must not have been started, and answers with the problems if there are any,
 * otherwise with err. */
void call_refuse(struct call *call, struct task *task, const struct problems *problems,
                 const agentos_error *err)
{
    call_drop(call, task);
    if (problems->count > 0)
        call_invalid(call, problems);
    else
        call_fail(call, err);
}

/* Reads the request's query into the record that begins with task. Returns false if it is faulty:
 * the problems say why, or err if there are no problems. */
bool call_query(const struct call *call, const struct param *table, struct task *task,
                struct problems *problems, agentos_error *err)
{
    struct form form = { 0 };
    arena *a = task->arena;

    ensure(table != NULL && call->task == task);
    return form_parse_query(a, call->request->query, QUERY_FIELDS_MAX, &form, err) == AGENTOS_OK &&
           params_read(table, &form, "query", a, task, problems);
}

/* Runs the task on a database thread, inside the job's transaction. The task must not use its call
 * there. */
static agentos_status run_task(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct task *task = (struct task *)(void *)job;

    ensure(task->run != NULL && conn != NULL);
    return task->run(conn, task, err);
}

/* Reads what the answer is about and writes the answer to task->body. What was read is freed here,
 * because freeing many objects takes as long as making them. Called on a database thread. */
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

/* Answers with what run_rendering has written. */
static void answer_rendered(struct call *call, struct task *task)
{
    ensure(buf_ok(&task->body));
    call_json(call, 200, buf_view(&task->body));
}

static void clear_body(void *body)
{
    buf_clear(body);
}

/* Calls the task's `committed` on the database's writer thread after COMMIT, whether or not the
 * client is still there. */
static void run_committed(struct db_job *job)
{
    struct task *task = (struct task *)(void *)job;

    ensure(task->committed != NULL);
    task->committed(task);
}

/* Called on the loop when the job has ended. Answers the call if the client is still there, and
 * frees the task. */
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

/* Fills in the database job of the task. The station (this loop and what belongs to it) counts as
 * busy until the job has ended. */
static void prepare_task(struct task *task,
                         agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
                         void (*then)(struct call *, struct task *))
{
    ensure(run != NULL && then != NULL);
    ensure(task->call != NULL && task->call->task == task);
    ensure(task->busy == NULL); /* a task is started once */
    task->run = run;
    task->then = then;
    task->busy = &task->call->station->busy;
    busy_begin(task->busy);
    task->job = (struct db_job){ .home = task->call->station->loop,
                                 .run = run_task,
                                 .committed = task->committed != NULL ? run_committed : NULL,
                                 .done = finish_task };
}

/* Hands the task to a reader thread of the database. Then `then` is called on the loop if the task
 * succeeded and the client is still there. */
void call_read(struct task *task,
               agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
               void (*then)(struct call *, struct task *))
{
    prepare_task(task, run, then);
    db_read(task->call->station->db, &task->job);
}

/* Like call_read, but on the thread for reads that may look at every row, so that nothing else
 * waits for them. */
void call_search(struct task *task,
                 agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
                 void (*then)(struct call *, struct task *))
{
    prepare_task(task, run, then);
    db_read_as(task->call->station->db, DB_READ_SEARCH, &task->job);
}

/* Has a reader thread of the database read and write the answer, which the loop then sends. */
void call_render(struct task *task, enum db_read_kind kind, const struct rendering *rendering)
{
    ensure(rendering->read != NULL && rendering->write != NULL && rendering->refuse != NULL);
    task->rendering = rendering;
    task->body = buf_with_limit(OUTPUT_MAX_BYTES);
    arena_defer(task->arena, clear_body, &task->body);
    prepare_task(task, run_rendering, answer_rendered);
    db_read_as(task->call->station->db, kind, &task->job);
}

/* Hands the task to the writer thread of the database. Then `then` is called on the loop if the
 * task succeeded and the client is still there. */
void call_write(struct task *task,
                agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
                void (*then)(struct call *, struct task *))
{
    prepare_task(task, run, then);
    db_write(task->call->station->db, &task->job);
}

/* Returns whether the caller reaches only their own rows. */
enum isolation call_isolation(const struct call *call)
{
    ensure(call->principal != NULL);
    return isolation_of(call->principal, authority_isolates(call->surface->authority));
}

/* Returns whose rows the caller reaches, with texts copied to the arena. The result is a zeroed
 * owner, who reaches no rows, if the token has no user but this server keeps users apart. */
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

/* Opens a server's connection, ends its exchanges, and closes it. */
#include "http/connection.h"

#include "base/ensure.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"

enum {
    FIRST_REQUEST_MS = 1000,                  /* while the server drains */
    LINGER_MS = 2000,                         /* for the client to read the last reply and close */
    INPUT_MAX_BYTES = 4 * PIPELINE_MAX_BYTES, /* one read may go past PIPELINE_MAX_BYTES */
};

/* Frees the answered exchange with its arena. */
static void release_exchange(struct connection *c)
{
    struct exchange *exchange = c->exchange;

    if (exchange == NULL)
        return;
    ensure(exchange->is_answered);
    c->exchange = NULL;
    c->has_served = true;
    buf_clear(&exchange->body);
    arena_free(exchange->memory); /* the exchange is in it */
}

/* Marks the exchange as answered. If is_gone is set, notifies its handler. */
static void end_exchange(struct connection *c, bool is_gone)
{
    struct exchange *exchange = c->exchange;

    if (exchange == NULL || exchange->is_answered)
        return;
    exchange->is_answered = true;
    if (is_gone && exchange->on_gone != NULL)
        exchange->on_gone(exchange, exchange->watch_user);
}

/* Moves the connection to the list for its state, ordered by when that state began. */
void connection_update_waiting(struct connection *c)
{
    struct server *server = c->server;

    list_remove(&c->waiting);
    if (c->phase == PHASE_HEAD && connection_queued(c) == 0)
        list_append(c->has_begun ? &server->begun : &server->idle, &c->waiting);
}

/* Closes the connection and frees it, or leaves that to run_steps if it is running. Queued output
 * is lost. */
void connection_drop(struct connection *c)
{
    if (c->phase == PHASE_CLOSED)
        return;
    /* Set first, so that a handler that is notified by end_exchange cannot drop it again. */
    c->phase = PHASE_CLOSED;
    timer_stop(&c->deadline);
    timer_stop(&c->stall);
    loop_undefer(c->server->loop, &c->flush);
    list_remove(&c->waiting);
    end_exchange(c, true);
    release_exchange(c);
    backlog_remove(c);
    tcp_close(c->tcp);
    buf_clear(&c->input);
    buf_clear(&c->output);
    quota_share_unref(c->address_share);
    server_forget(c->server, c);
    if (!c->is_processing)
        free(c);
}

/* Sends the queued output, half-closes, and waits for the client to close (RFC 9112 §9.6). */
void connection_linger(struct connection *c)
{
    ensure(c->phase != PHASE_CLOSED);
    end_exchange(c, true);
    release_exchange(c);
    buf_clear(&c->input);
    c->phase = PHASE_LINGER;
    list_remove(&c->waiting);
    if (!buf_ok(&c->output)) {
        connection_drop(c);
        return;
    }
    connection_flush(c);
    if (c->is_at_eof && tcp_queued(c->tcp) == 0) {
        connection_drop(c);
        return;
    }
    tcp_half_close(c->tcp);
    tcp_resume(c->tcp);
    timer_start(c->server->loop, &c->deadline, LINGER_MS);
}

/* Appends the response {"detail": "..."} to a refused request. The detail needs no escaping. */
static void append_refusal(struct connection *c, struct refusal why)
{
    AUTO_BUF body = buf_with_limit(KiB);

    ensure(strpbrk(why.detail, "\"\\") == NULL);
    buf_printf(&body, "{\"detail\":\"%s\"}", why.detail);
    ensure(buf_ok(&body));
    const struct reply reply = {
        .status = why.status,
        .content_type = "application/json",
        .body = buf_view(&body),
    };
    const struct reply_form form = { .closes = true, .date = server_date(c->server) };

    reply_append_head(&c->output, &reply, &form);
    if (c->exchange == NULL || c->exchange->request.method != HEAD)
        buf_append(&c->output, reply.body);
}

/* Answers in place of the handler, unless it has begun to answer, and closes the connection. */
void connection_refuse(struct connection *c, struct refusal why)
{
    const struct server_options *options = &c->server->options;

    ensure(why.status >= 400 && why.detail != NULL);
    if (c->exchange != NULL && c->exchange->is_streaming) {
        connection_drop(c); /* a second answer must not follow the first */
        return;
    }
    if (c->exchange != NULL && c->exchange->is_answered) {
        connection_linger(c); /* the client still gets the answer that was sent */
        return;
    }
    if (options->on_refused != NULL)
        options->on_refused(tcp_peer(c->tcp), why.status, why.detail, options->user);
    if (c->exchange != NULL)
        c->exchange->is_refused = true;
    append_refusal(c, why);
    connection_linger(c);
}

/* Refuses a request that has begun, and drops an idle connection. */
static void on_deadline(struct timer *timer)
{
    struct connection *c = LIST_OWNER(timer, struct connection, deadline);

    ensure(c->phase != PHASE_CLOSED && c->phase != PHASE_HELD); /* these have no deadline */
    if (c->phase == PHASE_LINGER && tcp_queued(c->tcp) > 0)
        timer_start(c->server->loop, timer, LINGER_MS); /* the stall timer drops slow readers */
    else if (c->phase == PHASE_HEAD && c->has_begun)
        connection_refuse(c, (struct refusal){ 408, "The request headers took too long" });
    else if (c->phase == PHASE_BODY || c->phase == PHASE_TRAILERS)
        connection_refuse(c, (struct refusal){ 408, "The request body took too long" });
    else
        connection_drop(c);
}

/* Frees the last exchange, and waits up to idle_ms for the next request. */
void connection_await_head(struct connection *c)
{
    release_exchange(c);
    c->phase = PHASE_HEAD;
    c->has_begun = c->has_skipped_line = false;
    c->discarded_bytes = 0;
    c->scan = (struct head_scan){ 0 };
    timer_start(c->server->loop, &c->deadline, c->server->options.idle_ms);
    connection_update_waiting(c);
}

/* Starts reading the body. The deadline starts only now, when the handler asks for it. */
void connection_expect_body(struct connection *c)
{
    ensure(c->exchange != NULL && c->phase == PHASE_HELD);
    c->phase = PHASE_BODY;
    timer_start(c->server->loop, &c->deadline, c->server->options.body_ms);
    connection_process(c);
}

/* Closes the answered connection, reads the rest of the body, or waits for the next request. */
void connection_finish(struct connection *c, bool closes)
{
    ensure(c->exchange != NULL && !c->exchange->is_answered);
    bool is_body_read = c->exchange->is_body_read;

    end_exchange(c, false);
    if (closes) {
        connection_linger(c);
        return;
    }
    connection_flush_later(c);
    if (is_body_read) {
        connection_await_head(c);
        connection_process(c);
    } else if (c->phase == PHASE_HELD)
        connection_expect_body(c);
}

/* ---- events ---- */

static void on_read(void *user, str bytes)
{
    connection_read(user, bytes);
}

static void on_eof(void *user)
{
    connection_end_input(user);
}

static void on_error(void *user)
{
    connection_drop(user);
}

/* Called when the kernel has taken all output. */
static void on_drained(void *user)
{
    struct connection *c = user;

    timer_stop(&c->stall);
    backlog_update(c);
    if (c->phase == PHASE_LINGER && c->is_at_eof)
        connection_drop(c);
    else
        connection_drained(c);
}

static const struct tcp_handlers tcp_events = {
    .on_read = on_read, .on_eof = on_eof, .on_error = on_error, .on_drained = on_drained
};

/* Creates the connection of an accepted client. It frees itself when it closes. */
struct connection *connection_open(struct server *server, struct tcp *tcp)
{
    ensure(server->listener != NULL && !server->is_draining);
    struct connection *c = mem_zeroed(sizeof(*c));
    c->server = server;
    c->tcp = tcp;
    c->input = buf_with_limit(INPUT_MAX_BYTES);
    c->deadline.fire = on_deadline;
    connection_output_init(c);
    list_append(&server->connections, &c->node);
    server->connection_count++;
    connection_await_head(c);
    tcp_start(tcp, &tcp_events, c);
    return c;
}

/* Closes an idle connection. A new client gets FIRST_REQUEST_MS for its first request. */
void connection_close_idle(struct connection *c)
{
    if (c->phase != PHASE_HEAD || c->has_begun)
        return;
    if (!c->has_served)
        timer_start(c->server->loop, &c->deadline, FIRST_REQUEST_MS);
    else if (connection_queued(c) > 0)
        connection_linger(c);
    else
        connection_drop(c);
}

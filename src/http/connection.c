/* A connection: what comes in goes through one step a phase until a step wants no more; what goes
 * out is gathered for a turn of the loop and written once. Nothing is parsed after a refusal. */
#include "http/connection.h"

#include "base/error.h"
#include "base/limits.h"

enum {
    LINGER_MS = 2000,                         /* for the client to read the last reply and close */
    LINGER_MAX_BYTES = 1 * MiB,               /* of what it goes on sending meanwhile */
    INPUT_MAX_BYTES = 4 * PIPELINE_MAX_BYTES, /* one read may go past PIPELINE_MAX_BYTES */
};

static const struct tcp_handlers tcp_events;

/* ---- output ---- */

static void flush(struct connection *c)
{
    if (c->in_chunk)
        chunk_close(&c->output, c->chunk_at);
    c->in_chunk = false;
    c->written_bytes += c->output.len;
    tcp_write(c->tcp, buf_view(&c->output));
    buf_clear(&c->output);
    size_t queued = tcp_queued(c->tcp);
    if (queued > 0 && !list_is_linked(&c->stall.node)) {
        c->stall_mark = c->written_bytes - queued;
        timer_start(c->server->loop, &c->stall, c->server->options.stalled_ms);
    }
}

static void tell_drained(struct connection *c)
{
    struct exchange *exchange = c->exchange;

    if (!c->was_high)
        return;
    c->was_high = false;
    if (exchange != NULL && !exchange->is_answered && exchange->on_drained != NULL)
        exchange->on_drained(exchange, exchange->watch_user);
}

static void flush_turn(struct deferral *deferral)
{
    struct connection *c = LIST_OWNER(deferral, struct connection, flush);

    if (!buf_ok(&c->output)) {
        connection_drop(c);
        return;
    }
    flush(c);
    if (tcp_queued(c->tcp) == 0)
        tell_drained(c);
}

void connection_flush_later(struct connection *c)
{
    loop_defer(c->server->loop, &c->flush);
}

size_t connection_queued(const struct connection *c)
{
    return c->output.len + tcp_queued(c->tcp);
}

/* Any progress is enough; between one and two periods without is too long. */
static void on_stalled(struct timer *timer)
{
    struct connection *c = LIST_OWNER(timer, struct connection, stall);
    uint64_t taken = c->written_bytes - tcp_queued(c->tcp);

    if (taken == c->stall_mark) {
        connection_drop(c);
        return;
    }
    c->stall_mark = taken;
    timer_start(c->server->loop, timer, c->server->options.stalled_ms);
}

/* ---- ends ---- */

static void release_exchange(struct connection *c)
{
    struct exchange *exchange = c->exchange;

    c->exchange = NULL;
    if (exchange == NULL)
        return;
    buf_clear(&exchange->body);
    arena_free(exchange->memory); /* the exchange is in it */
}

/* The handler has it no more. `is_gone`: and did not expect that. */
static void end_exchange(struct connection *c, bool is_gone)
{
    struct exchange *exchange = c->exchange;

    if (exchange == NULL || exchange->is_answered)
        return;
    exchange->is_answered = true;
    c->server->open_exchanges--;
    if (is_gone && exchange->on_gone != NULL)
        exchange->on_gone(exchange, exchange->watch_user);
}

void connection_drop(struct connection *c)
{
    if (c->phase == PHASE_CLOSED)
        return;
    c->phase = PHASE_CLOSED;
    timer_stop(&c->deadline);
    timer_stop(&c->stall);
    loop_undefer(c->server->loop, &c->flush);
    tcp_close(c->tcp);
    end_exchange(c, true);
    release_exchange(c);
    buf_clear(&c->input);
    buf_clear(&c->output);
    server_forget(c->server, c);
    if (!c->is_processing)
        free(c);
}

/* RFC 9112 §9.6: closing with input unread would reset the connection, and take the reply along. */
static void linger(struct connection *c)
{
    release_exchange(c);
    buf_clear(&c->input);
    c->phase = PHASE_LINGER;
    if (!buf_ok(&c->output)) {
        connection_drop(c);
        return;
    }
    flush(c);
    if (c->is_at_eof && tcp_queued(c->tcp) == 0) {
        connection_drop(c);
        return;
    }
    tcp_half_close(c->tcp);
    tcp_resume(c->tcp);
    timer_start(c->server->loop, &c->deadline, LINGER_MS);
}

void connection_refuse(struct connection *c, struct refusal why)
{
    struct exchange *exchange = c->exchange;

    if (exchange != NULL && (exchange->is_answered || exchange->is_streaming)) {
        connection_drop(c); /* never a second answer */
        return;
    }
    if (c->server->options.on_refused != NULL)
        c->server->options.on_refused(tcp_peer(c->tcp), why.status, why.detail,
                                      c->server->options.user);
    AUTO_BUF body = buf_with_limit(1 * KiB);
    buf_printf(&body, "{\"detail\":\"%s\"}", why.detail);
    struct reply reply = { .status = why.status,
                           .content_type = "application/json",
                           .body = buf_view(&body) };
    struct reply_form form = { .closes = true, .date = server_date(c->server) };
    reply_append_head(&c->output, &reply, &form);
    if (exchange == NULL || exchange->request.method != HEAD)
        buf_append(&c->output, reply.body);
    end_exchange(c, true);
    linger(c);
}

/* ---- deadlines ---- */

static void on_deadline(struct timer *timer)
{
    struct connection *c = LIST_OWNER(timer, struct connection, deadline);

    if (c->phase == PHASE_LINGER && tcp_queued(c->tcp) > 0)
        timer_start(c->server->loop, timer, LINGER_MS); /* a slow reader is the stall timer's */
    else if (c->phase == PHASE_HEAD && c->has_begun)
        connection_refuse(c, (struct refusal){ 408, "The request headers took too long" });
    else if (c->phase == PHASE_BODY || c->phase == PHASE_TRAILERS)
        connection_refuse(c, (struct refusal){ 408, "The request body took too long" });
    else
        connection_drop(c);
}

/* Absolute: the byte that begins a head starts the clock, and none after it does. */
static void note_beginning(struct connection *c)
{
    if (c->phase != PHASE_HEAD || c->has_begun || c->input.len == 0)
        return;
    c->has_begun = true;
    timer_start(c->server->loop, &c->deadline, c->server->options.headers_ms);
}

static void await_head(struct connection *c)
{
    release_exchange(c);
    c->phase = PHASE_HEAD;
    c->has_begun = c->has_skipped_line = false;
    c->scan = (struct head_scan){ 0 };
    timer_start(c->server->loop, &c->deadline, c->server->options.idle_ms);
}

/* ---- input: a step says how much it used; 0: it waits ---- */

static void begin_exchange(struct connection *c, str block)
{
    arena *memory = arena_new();
    struct exchange *exchange = arena_alloc(memory, sizeof(*exchange));
    struct refusal why = { 0 };

    exchange->connection = c;
    exchange->memory = memory;
    exchange->parser = parser_new(memory);
    c->exchange = exchange;
    str copy = { arena_copy(memory, block), block.len };
    size_t fields = c->scan.fields;
    if (!parser_read_head(exchange->parser, copy, fields, &exchange->request, &why)) {
        exchange->is_answered = true; /* no handler ever had it */
        release_exchange(c);
        connection_refuse(c, why);
        return;
    }
    exchange->request.peer = tcp_peer(c->tcp);
    exchange->is_body_read = !parser_framing(exchange->parser)->has_body;
    timer_stop(&c->deadline);
    c->phase = PHASE_HELD;
    c->server->open_exchanges++;
    c->server->options.on_request(exchange, c->server->options.user);
}

static size_t step_head(struct connection *c, str in)
{
    struct refusal why = { 0 };

    /* RFC 9112 §2.2: one empty line before a request is overlooked. */
    if (!c->has_skipped_line && str_starts(in, STR("\r\n"))) {
        c->has_skipped_line = true;
        c->scan = (struct head_scan){ 0 };
        return 2;
    }
    size_t len = head_scan(&c->scan, in, &why);
    if (why.status != 0) {
        connection_refuse(c, why);
        return 0;
    }
    if (len > 0)
        begin_exchange(c, (str){ in.ptr, len });
    return len;
}

static void body_is_read(struct connection *c)
{
    struct exchange *exchange = c->exchange;

    exchange->is_body_read = true;
    timer_stop(&c->deadline);
    if (exchange->is_answered) {
        await_head(c);
        return;
    }
    c->phase = PHASE_HELD;
    exchange->request.body = buf_view(&exchange->body);
    exchange->then(exchange, exchange->then_user);
}

static size_t step_body(struct connection *c, str in)
{
    struct exchange *exchange = c->exchange;
    struct refusal why = { 0 };
    size_t used = 0;

    if (in.len == 0)
        return 0;
    enum body_state state = parser_read_body(
        exchange->parser, in, exchange->is_answered ? NULL : &exchange->body, &used, &why);
    if (state == BODY_REFUSED)
        connection_refuse(c, why);
    else if (!buf_ok(&exchange->body))
        connection_refuse(c, (struct refusal){ 413, "The request body is too large" });
    else if (state == BODY_DONE)
        body_is_read(c);
    else if (state == BODY_TRAILERS) {
        c->phase = PHASE_TRAILERS;
        c->scan = (struct head_scan){ .is_past_first = true };
    }
    return used;
}

static size_t step_trailers(struct connection *c, str in)
{
    struct refusal why = { 0 };
    size_t len = head_scan(&c->scan, in, &why);

    if (why.status != 0)
        connection_refuse(c, why);
    else if (len > 0)
        body_is_read(c);
    return len;
}

static size_t step_linger(struct connection *c, str in)
{
    c->lingered_bytes += in.len;
    if (c->lingered_bytes > LINGER_MAX_BYTES)
        connection_drop(c);
    return in.len;
}

static size_t step_wait(struct connection *c, str in)
{
    (void)c;
    (void)in;
    return 0;
}

static size_t (*const steps[PHASES])(struct connection *c, str in) = {
    [PHASE_CLOSED] = step_wait, [PHASE_HEAD] = step_head,         [PHASE_HELD] = step_wait,
    [PHASE_BODY] = step_body,   [PHASE_TRAILERS] = step_trailers, [PHASE_LINGER] = step_linger,
};

/* How much of the input was used. false: the connection is no more. */
static bool run_steps(struct connection *c, str in, size_t *used)
{
    size_t step;

    *used = 0;
    c->is_processing = true;
    while ((step = steps[c->phase](c, str_from(in, *used))) > 0)
        *used += step;
    c->is_processing = false;
    if (c->phase != PHASE_CLOSED)
        return true;
    free(c);
    return false;
}

/* After the input was looked at: what is left of it, and what its end means. */
static void settle(struct connection *c)
{
    if (c->input.len == 0)
        buf_clear(&c->input);
    note_beginning(c);
    bool waits_for_input =
        c->phase == PHASE_HEAD || c->phase == PHASE_BODY || c->phase == PHASE_TRAILERS;
    if (c->is_at_eof && waits_for_input) {
        end_exchange(c, true);
        linger(c); /* replies to what came before are still to be written */
        return;
    }
    if (c->phase == PHASE_HELD && c->input.len >= PIPELINE_MAX_BYTES)
        tcp_pause(c->tcp);
    else
        tcp_resume(c->tcp);
}

void connection_process(struct connection *c)
{
    size_t used;

    if (c->is_processing || !run_steps(c, buf_view(&c->input), &used))
        return;
    if (used > 0)
        buf_consume(&c->input, used);
    settle(c);
}

static void on_read(void *user, str bytes)
{
    struct connection *c = user;
    size_t used = 0;

    if (c->input.len > 0) {
        buf_append(&c->input, bytes);
        connection_process(c);
        return;
    }
    if (!run_steps(c, bytes, &used))
        return;
    if (c->phase != PHASE_LINGER)
        buf_append(&c->input, str_from(bytes, used));
    settle(c);
}

static void on_eof(void *user)
{
    struct connection *c = user;

    c->is_at_eof = true;
    if (c->exchange != NULL && c->exchange->is_streaming) {
        connection_drop(c); /* nobody half-closes and goes on listening to a stream */
        return;
    }
    if (c->phase == PHASE_LINGER) {
        if (tcp_queued(c->tcp) == 0)
            connection_drop(c);
        return;
    }
    settle(c);
}

static void on_error(void *user)
{
    connection_drop(user);
}

static void on_drained(void *user)
{
    struct connection *c = user;

    timer_stop(&c->stall);
    if (c->phase == PHASE_LINGER && c->is_at_eof)
        connection_drop(c);
    else
        tell_drained(c);
}

static const struct tcp_handlers tcp_events = {
    .on_read = on_read, .on_eof = on_eof, .on_error = on_error, .on_drained = on_drained
};

/* ---- life ---- */

void connection_open(struct server *server, struct tcp *tcp)
{
    struct connection *c = calloc(1, sizeof(*c));

    if (c == NULL)
        abort();
    c->server = server;
    c->tcp = tcp;
    c->input = buf_with_limit(INPUT_MAX_BYTES);
    c->output = buf_with_limit(OUTPUT_MAX_BYTES);
    c->flush.run = flush_turn;
    c->deadline.fire = on_deadline;
    c->stall.fire = on_stalled;
    list_append(&server->connections, &c->node);
    server->connection_count++;
    await_head(c);
    tcp_start(tcp, &tcp_events, c);
}

void connection_expect_body(struct connection *c)
{
    c->phase = PHASE_BODY;
    timer_start(c->server->loop, &c->deadline, c->server->options.body_ms);
    connection_process(c);
}

/* RFC 9110 §10.1.1: a client that waits for its invitation may send the body, or the next request.
 */
bool connection_may_discard(const struct exchange *exchange)
{
    const struct framing *framing = parser_framing(exchange->parser);

    return !framing->expects_continue && framing->length <= LINGER_MAX_BYTES;
}

void connection_finish(struct connection *c, bool closes)
{
    struct exchange *exchange = c->exchange;

    end_exchange(c, false);
    if (closes) {
        linger(c);
        return;
    }
    connection_flush_later(c);
    if (exchange->is_body_read) {
        await_head(c);
        connection_process(c);
    } else if (c->phase == PHASE_HELD)
        connection_expect_body(c);
}

void connection_close_idle(struct connection *c)
{
    if (c->phase == PHASE_HEAD && !c->has_begun)
        linger(c);
}

/* Processes a connection's input by phase: each step consumes bytes, or none if it needs more. */
#include "http/connection.h"

#include "base/ensure.h"
#include "base/error.h"
#include "base/limits.h"

/* What a handler usually allocates for a request: its call and the headers of its answer. */
enum { HANDLER_BYTES = 512 };

/* Creates an exchange in its own arena, which the caller must free. The arena will hold a head of
 * this size. */
static struct exchange *exchange_new(struct connection *c, size_t head_len)
{
    arena *memory = arena_new_for(sizeof(struct exchange) + head_len + HANDLER_BYTES);
    struct exchange *exchange = arena_alloc(memory, sizeof(*exchange));

    exchange->connection = c;
    exchange->memory = memory;
    exchange->parser = parser_new(memory);
    return exchange;
}

/* Parses a complete head and passes the request to the handler, or refuses it. */
static void begin_exchange(struct connection *c, str block)
{
    ensure(c->exchange == NULL && c->phase == PHASE_HEAD);
    struct exchange *exchange = exchange_new(c, block.len);
    str copy = { arena_copy(exchange->memory, block), block.len };
    struct refusal why = { 0 };

    if (!parser_read_head(exchange->parser, copy, c->scan.fields, &exchange->request, &why)) {
        arena_free(exchange->memory);
        connection_refuse(c, why);
        return;
    }
    exchange->request.peer = tcp_peer(c->tcp);
    exchange->is_body_read = !parser_framing(exchange->parser)->has_body;
    c->exchange = exchange;
    c->phase = PHASE_HELD;
    list_remove(&c->waiting);
    timer_stop(&c->deadline);
    c->server->options.on_request(exchange, c->server->options.user);
}

/* Reads the head of a request, and begins its exchange once it is complete. */
static size_t step_head(struct connection *c, str in)
{
    struct refusal why = { 0 };

    ensure(c->exchange == NULL);
    if (c->is_high)
        return 0; /* the client must first read the replies it has */
    /* RFC 9112 §2.2: one empty line before a request is skipped. */
    if (!c->has_skipped_line && str_starts(in, STR("\r\n"))) {
        c->has_skipped_line = true;
        c->scan = (struct head_scan){ 0 };
        return strlen("\r\n");
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

/* Passes the body to the handler, which may answer and free the exchange before it returns. */
static void call_body_handler(struct connection *c)
{
    struct exchange *exchange = c->exchange;

    ensure(exchange->then != NULL); /* exchange_read_body has set it */
    c->phase = PHASE_HELD;
    exchange->request.body = buf_view(&exchange->body);
    exchange->then(exchange, exchange->then_user);
}

/* Called when the whole body has been read. */
static void end_body(struct connection *c)
{
    ensure(c->exchange != NULL && !c->exchange->is_body_read);
    c->exchange->is_body_read = true;
    timer_stop(&c->deadline);
    if (c->exchange->is_answered)
        connection_await_head(c);
    else
        call_body_handler(c);
}

/* Returns whether too many bytes of an unwanted body were discarded. */
static bool discards_too_much(struct connection *c, size_t used)
{
    if (!c->exchange->is_answered)
        return false;
    c->discarded_bytes += used;
    return c->discarded_bytes > DISCARD_MAX_BYTES;
}

/* Called after the last chunk. Trailers are header lines. */
static void begin_trailers(struct connection *c)
{
    c->phase = PHASE_TRAILERS;
    c->scan = (struct head_scan){ .is_past_first = true };
}

/* Refuses or drops a request whose body exceeds a limit. Returns false if it did. */
static bool check_body_limits(struct connection *c, size_t used)
{
    if (!buf_ok(&c->exchange->body)) {
        connection_refuse(c, (struct refusal){ 413, "The request body is too large" });
        return false;
    }
    if (discards_too_much(c, used)) {
        connection_drop(c);
        return false;
    }
    return true;
}

/* Reads a body into the exchange, or discards it if the exchange is answered. */
static size_t step_body(struct connection *c, str in)
{
    struct exchange *exchange = c->exchange;
    struct refusal why = { 0 };
    size_t used = 0;

    ensure(exchange != NULL && !exchange->is_body_read);
    if (in.len == 0)
        return 0;
    buf *into = exchange->is_answered ? NULL : &exchange->body; /* NULL: discarded */
    enum body_state state = parser_read_body(exchange->parser, in, into, &used, &why);
    if (state == BODY_REFUSED) {
        connection_refuse(c, why);
        return used;
    }
    if (!check_body_limits(c, used))
        return used;
    if (state == BODY_DONE)
        end_body(c);
    if (state == BODY_TRAILERS)
        begin_trailers(c);
    return used;
}

/* Reads and discards the trailers. */
static size_t step_trailers(struct connection *c, str in)
{
    struct refusal why = { 0 };
    ensure(c->exchange != NULL && !c->exchange->is_body_read);
    size_t len = head_scan(&c->scan, in, &why);

    if (why.status != 0)
        connection_refuse(c, why);
    else if (len > 0)
        end_body(c);
    return len;
}

/* Discards input after the last reply. Drops a client that sends too much. */
static size_t step_linger(struct connection *c, str in)
{
    c->discarded_bytes += in.len;
    if (c->discarded_bytes > DISCARD_MAX_BYTES)
        connection_drop(c);
    return in.len;
}

/* Leaves the input for a later phase. */
static size_t step_wait(struct connection *c, str in)
{
    (void)c;
    (void)in;
    return 0;
}

// clang-format off
static size_t (*const steps[PHASES])(struct connection *c, str in) = {
    [PHASE_CLOSED]   = step_wait,
    [PHASE_HEAD]     = step_head,
    [PHASE_HELD]     = step_wait,
    [PHASE_BODY]     = step_body,
    [PHASE_TRAILERS] = step_trailers,
    [PHASE_LINGER]   = step_linger,
};
// clang-format on

/* Runs steps until one must wait. Returns false if the connection was freed. */
static bool run_steps(struct connection *c, str in, size_t *used)
{
    size_t step;

    ensure(!c->is_processing && c->phase != PHASE_CLOSED);
    *used = 0;
    c->is_processing = true;
    do {
        step = steps[c->phase](c, str_from(in, *used));
        *used += step;
    } while (step > 0);
    c->is_processing = false;
    if (c->phase != PHASE_CLOSED)
        return true;
    free(c);
    return false;
}

/* Starts the deadline of a head at its first byte. */
static void start_head_deadline(struct connection *c)
{
    if (c->phase != PHASE_HEAD || c->has_begun || c->is_high || c->input.len == 0)
        return;
    c->has_begun = true;
    timer_start(c->server->loop, &c->deadline, c->server->options.headers_ms);
    connection_update_waiting(c);
}

/* Returns whether the connection needs more input. */
static bool waits_for_input(const struct connection *c)
{
    if (c->phase == PHASE_HEAD)
        return !c->is_high;
    return c->phase == PHASE_BODY || c->phase == PHASE_TRAILERS;
}

/* Called after the steps. Continues or pauses reading, or closes the connection. */
static void decide_reading(struct connection *c)
{
    ensure(!c->is_processing && c->phase != PHASE_CLOSED);
    if (c->input.len == 0)
        buf_clear(&c->input); /* frees its memory */
    start_head_deadline(c);
    if (c->is_at_eof && waits_for_input(c))
        connection_linger(c); /* earlier requests still get their answers */
    else if (!waits_for_input(c) && c->phase != PHASE_LINGER && c->input.len >= PIPELINE_MAX_BYTES)
        tcp_pause(c->tcp);
    else
        tcp_resume(c->tcp);
}

/* Runs the steps on the buffered input. No effect inside a step. */
void connection_process(struct connection *c)
{
    size_t used;

    if (c->is_processing || !run_steps(c, buf_view(&c->input), &used))
        return;
    buf_consume(&c->input, used);
    decide_reading(c);
}

/* Runs the steps on received bytes, and buffers those that no step uses. */
void connection_read(struct connection *c, str bytes)
{
    size_t used;

    ensure(c->phase != PHASE_CLOSED && bytes.len > 0);
    if (c->input.len > 0) {
        buf_append(&c->input, bytes);
        connection_process(c);
        return;
    }
    if (!run_steps(c, bytes, &used))
        return;
    if (c->phase != PHASE_LINGER)
        buf_append(&c->input, str_from(bytes, used));
    decide_reading(c);
}

/* Called at the end of input. Drops a client that has left or received everything. */
void connection_end_input(struct connection *c)
{
    const struct exchange *exchange = c->exchange;
    /* During a stream, the end of the input means that the client has left: no client half-closes
     * its connection and then waits for a stream. */
    bool is_gone = exchange != NULL && (exchange->is_streaming || exchange->ends_at_eof);
    bool has_everything = c->phase == PHASE_LINGER && tcp_queued(c->tcp) == 0;

    c->is_at_eof = true;
    if (is_gone || has_everything)
        connection_drop(c);
    else
        decide_reading(c);
}

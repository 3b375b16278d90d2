/* Sends a connection's output, collected per turn of the loop, and drops stalled clients. */
#include "http/connection.h"

#include "base/ensure.h"
#include "base/error.h"
#include "base/limits.h"

enum { STALL_BYTES = 16 * KiB }; /* less in a whole period is a client that does not read */

/* Returns the number of bytes that the kernel has not taken yet. */
size_t connection_queued(const struct connection *c)
{
    return c->output.len + tcp_queued(c->tcp);
}

/* Schedules a flush at the end of the turn. */
void connection_flush_later(struct connection *c)
{
    ensure(c->phase != PHASE_CLOSED);
    if (connection_queued(c) >= OUTPUT_HIGH_BYTES)
        c->is_high = true;
    loop_defer(c->server->loop, &c->flush);
}

/* Starts the stall timer if output is queued. */
static void watch_queue(struct connection *c)
{
    size_t queued = tcp_queued(c->tcp);

    backlog_update(c);
    if (queued == 0 || list_is_linked(&c->stall.node))
        return;
    ensure(queued <= c->written_bytes);
    c->stall_mark = c->written_bytes - queued;
    timer_start(c->server->loop, &c->stall, c->server->options.stalled_ms);
}

/* Writes bytes to the socket, bypassing connection->output. `memory` is as in struct reply. */
static void write_now(struct connection *c, str bytes, char **memory)
{
    c->written_bytes += bytes.len;
    tcp_write_from(c->tcp, bytes, memory);
}

/* Writes connection->output and frees its memory. */
void connection_flush(struct connection *c)
{
    ensure(c->phase != PHASE_CLOSED);
    if (c->in_chunk)
        chunk_close(&c->output, c->chunk_at);
    c->in_chunk = false;
    write_now(c, buf_view(&c->output), NULL);
    buf_clear(&c->output); /* freed, since thousands of streams may wait at a time */
    watch_queue(c);
}

/* Sends a body after its head. A large body is written at once, without a copy. */
void connection_send_body(struct connection *c, const struct reply *reply)
{
    enum { COPIED_MAX_BYTES = 16 * KiB }; /* copying more costs more than a second write call */

    ensure(!c->in_chunk);
    if (reply->body.len < COPIED_MAX_BYTES) {
        buf_append(&c->output, reply->body);
        return;
    }
    connection_flush(c);
    write_now(c, reply->body, reply->memory);
    watch_queue(c);
}

/* Resumes a paused stream, or reads the next pipelined request. May free the connection. Does
 * nothing before output is flushed: libuv may report an earlier write late. */
void connection_drained(struct connection *c)
{
    struct exchange *exchange = c->exchange;

    ensure(c->phase != PHASE_CLOSED);
    if (c->phase == PHASE_HEAD && !list_is_linked(&c->waiting))
        connection_update_waiting(c);
    if (!c->is_high || c->output.len > 0)
        return;
    c->is_high = false;
    if (exchange == NULL)
        connection_process(c);
    else if (!exchange->is_answered && exchange->on_drained != NULL)
        exchange->on_drained(exchange, exchange->watch_user);
}

/* Writes the output of a turn. Drops a client with too much queued output. */
static void flush_turn(struct deferral *deferral)
{
    struct connection *c = LIST_OWNER(deferral, struct connection, flush);

    ensure(c->phase != PHASE_CLOSED);
    if (!buf_ok(&c->output)) { /* the turn produced more than OUTPUT_MAX_BYTES */
        connection_drop(c);
        return;
    }
    connection_flush(c);
    size_t queued = tcp_queued(c->tcp);
    if (queued > OUTPUT_MAX_BYTES)
        connection_drop(c);
    else if (queued == 0)
        connection_drained(c);
}

/* Drops a client that took less than STALL_BYTES since the timer was started. */
static void on_stalled(struct timer *timer)
{
    struct connection *c = LIST_OWNER(timer, struct connection, stall);
    uint64_t taken = c->written_bytes - tcp_queued(c->tcp);

    ensure(taken >= c->stall_mark);
    if (taken - c->stall_mark < STALL_BYTES) {
        server_count_one(&c->server->too_slow);
        connection_drop(c);
        return;
    }
    c->stall_mark = taken;
    timer_start(c->server->loop, timer, c->server->options.stalled_ms);
}

/* Initializes the output of a new connection. */
void connection_output_init(struct connection *c)
{
    c->output = buf_with_limit(OUTPUT_MAX_BYTES);
    c->flush.run = flush_turn;
    c->stall.fire = on_stalled;
}

/* The output side of a connection. What is sent during a turn of the loop is gathered in
 * connection->output and written once, at the end of the turn; a timer runs until the kernel has
 * taken it all. A producer that is paused at OUTPUT_HIGH_BYTES resumes when nothing is queued: the
 * kernel still holds a send buffer full then, so that the client does not wait. */
#include "http/connection.h"

#include "base/ensure.h"
#include "base/error.h"
#include "base/limits.h"

size_t connection_queued(const struct connection *c)
{
    return c->output.len + tcp_queued(c->tcp);
}

void connection_flush_later(struct connection *c)
{
    ensure(c->phase != PHASE_CLOSED);
    if (connection_queued(c) >= OUTPUT_HIGH_BYTES)
        c->is_high = true;
    loop_defer(c->server->loop, &c->flush);
}

/* Starts the stall timer if the kernel has not taken everything. stall_mark: how many bytes it had
 * taken then. */
static void watch_queue(struct connection *c)
{
    size_t queued = tcp_queued(c->tcp);

    if (queued == 0 || list_is_linked(&c->stall.node))
        return;
    ensure(queued <= c->written_bytes);
    c->stall_mark = c->written_bytes - queued;
    timer_start(c->server->loop, &c->stall, c->server->options.stalled_ms);
}

static void write_now(struct connection *c, str bytes)
{
    c->written_bytes += bytes.len;
    tcp_write(c->tcp, bytes);
}

void connection_flush(struct connection *c)
{
    if (c->in_chunk)
        chunk_close(&c->output, c->chunk_at);
    c->in_chunk = false;
    write_now(c, buf_view(&c->output));
    buf_clear(&c->output); /* thousands of streams wait at a time: none keeps a buffer */
    watch_queue(c);
}

void connection_send_body(struct connection *c, str body)
{
    enum { WORTH_A_CALL = 16 * KiB }; /* a copy of less costs less than a second write call */

    ensure(!c->in_chunk);
    if (body.len < WORTH_A_CALL) {
        buf_append(&c->output, body);
        return;
    }
    connection_flush(c);
    write_now(c, body);
    watch_queue(c);
}

/* Everything is written: the producer of a stream goes on, or the next request of a pipeline. */
void connection_drained(struct connection *c)
{
    struct exchange *exchange = c->exchange;

    if (!c->is_high)
        return;
    c->is_high = false;
    if (exchange == NULL)
        connection_process(c);
    else if (!exchange->is_answered && exchange->on_drained != NULL)
        exchange->on_drained(exchange, exchange->watch_user);
}

/* At the end of a turn. May free the connection. */
static void flush_turn(struct deferral *deferral)
{
    struct connection *c = LIST_OWNER(deferral, struct connection, flush);

    if (!buf_ok(&c->output)) {
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

/* A reader that has taken a byte since the last look may go on. One that takes nothing is dropped
 * after one to two periods. */
static void on_stalled(struct timer *timer)
{
    struct connection *c = LIST_OWNER(timer, struct connection, stall);
    uint64_t taken = c->written_bytes - tcp_queued(c->tcp);

    ensure(taken >= c->stall_mark);

    if (taken == c->stall_mark) {
        connection_drop(c);
        return;
    }
    c->stall_mark = taken;
    timer_start(c->server->loop, timer, c->server->options.stalled_ms);
}

void connection_output_init(struct connection *c)
{
    c->output = buf_with_limit(OUTPUT_MAX_BYTES);
    c->flush.run = flush_turn;
    c->stall.fire = on_stalled;
}

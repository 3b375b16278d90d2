/* Limits the unsent output of all connections by dropping slow clients. */
#include "base/ensure.h"
#include "base/error.h"
#include "base/limits.h"
#include "http/connection.h"

enum {
    TICK_MS = 1000,
    SLOW_BYTES = 64 * KiB, /* a client that takes less in a tick is slow */
    SOFT_PART = 4,         /* slow clients are dropped past this fraction of the limit */
};

/* Returns the number of bytes that the kernel has taken so far. */
static uint64_t count_taken(const struct connection *c)
{
    size_t queued = tcp_queued(c->tcp);

    ensure(queued <= c->written_bytes);
    return c->written_bytes - queued;
}

/* Updates the server's total by the connection's current queue. */
static void recount(struct connection *c)
{
    struct server *server = c->server;
    size_t queued = tcp_queued(c->tcp);

    ensure(server->backlog_bytes >= c->counted_bytes);
    server->backlog_bytes = server->backlog_bytes - c->counted_bytes + queued;
    c->counted_bytes = queued;
}

/* Drops a slow client and counts it. */
static void drop_reader(struct connection *c)
{
    server_count_one(&c->server->too_slow);
    connection_drop(c);
}

/* Returns the connection with the largest backlog, or NULL. With only_slow, considers slow ones
 * only. */
static struct connection *find_largest(struct server *server, bool only_slow)
{
    struct connection *largest = NULL;

    for (struct list *node = server->readers.next; node != &server->readers; node = node->next) {
        struct connection *c = LIST_OWNER(node, struct connection, reader);

        if (only_slow && !c->is_slow)
            continue;
        if (largest == NULL || c->counted_bytes > largest->counted_bytes)
            largest = c;
    }
    return largest;
}

/* Drops the largest backlogs until the limit is met. A single client stays: its response has its
 * own limit. */
static void relieve_server(struct deferral *deferral)
{
    struct server *server = LIST_OWNER(deferral, struct server, relief);

    while (server->backlog_bytes > server->options.backlog_max &&
           server->readers.next != server->readers.prev) {
        struct connection *largest = find_largest(server, false);

        ensure(largest != NULL); /* there are at least two */
        drop_reader(largest);
    }
}

/* Marks the clients that are slow. A new client is judged after a whole tick. */
static void judge_readers(struct server *server)
{
    for (struct list *node = server->readers.next; node != &server->readers; node = node->next) {
        struct connection *c = LIST_OWNER(node, struct connection, reader);
        uint64_t taken = count_taken(c);

        recount(c);
        c->is_slow = c->is_marked && taken - c->tick_mark < SLOW_BYTES;
        c->is_marked = true;
        c->tick_mark = taken;
    }
}

static bool is_under_pressure(const struct server *server)
{
    return server->backlog_bytes > server->options.backlog_max / SOFT_PART;
}

static void start_tick(struct server *server)
{
    timer_start(server->loop, &server->tick, TICK_MS);
}

/* Drops slow clients. Called every second while the server is under pressure. */
static void on_tick(struct timer *timer)
{
    struct server *server = LIST_OWNER(timer, struct server, tick);
    struct connection *slowest;

    judge_readers(server);
    while (is_under_pressure(server) && (slowest = find_largest(server, true)) != NULL)
        drop_reader(slowest);
    if (is_under_pressure(server))
        start_tick(server);
}

void backlog_init(struct server *server)
{
    list_init(&server->readers);
    server->relief.run = relieve_server;
    server->tick.fire = on_tick;
}

void backlog_clear(struct server *server)
{
    ensure(list_is_empty(&server->readers) && server->backlog_bytes == 0);
    timer_stop(&server->tick);
    loop_undefer(server->loop, &server->relief);
}

void backlog_remove(struct connection *c)
{
    ensure(c->server->backlog_bytes >= c->counted_bytes);
    list_remove(&c->reader);
    c->server->backlog_bytes -= c->counted_bytes;
    c->counted_bytes = 0;
}

void backlog_update(struct connection *c)
{
    struct server *server = c->server;

    recount(c);
    if (c->counted_bytes == 0) {
        backlog_remove(c);
        return;
    }
    if (!list_is_linked(&c->reader)) {
        list_append(&server->readers, &c->reader);
        c->is_marked = c->is_slow = false;
    }
    if (server->options.backlog_max == 0)
        return;
    if (server->backlog_bytes > server->options.backlog_max)
        loop_defer(server->loop, &server->relief);
    if (is_under_pressure(server) && !list_is_linked(&server->tick.node))
        start_tick(server);
}

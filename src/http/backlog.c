/* Limits the output that waits for slow readers, over all connections of a server. Past a quarter
 * of the limit, readers that take too little in a second are dropped, the largest backlogs first;
 * past the limit, the largest are dropped at once. */
#include "base/ensure.h"
#include "base/error.h"
#include "base/limits.h"
#include "http/connection.h"

enum {
    TICK_MS = 1000,
    SLOW_BYTES = 64 * KiB, /* a reader that takes less in a tick is slow */
    SOFT_PART = 4,         /* slow readers are dropped past this part of the limit */
};

/* Returns how many bytes the kernel has taken since the connection was opened. */
static uint64_t count_taken(const struct connection *c)
{
    size_t queued = tcp_queued(c->tcp);

    ensure(queued <= c->written_bytes);
    return c->written_bytes - queued;
}

/* Adds the connection's present queue to the server's sum, in place of what was counted before. */
static void recount(struct connection *c)
{
    struct server *server = c->server;
    size_t queued = tcp_queued(c->tcp);

    ensure(server->backlog_bytes >= c->counted_bytes);
    server->backlog_bytes = server->backlog_bytes - c->counted_bytes + queued;
    c->counted_bytes = queued;
}

/* Drops a reader and counts it. */
static void drop_reader(struct connection *c)
{
    server_count_one(&c->server->too_slow);
    connection_drop(c);
}

/* Returns the connection with the largest backlog: of all, or only of those that are slow. Returns
 * NULL if there is none. */
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

/* Runs at the end of a turn in which the limit was exceeded. A reader who is alone stays: an answer
 * has a limit of its own, OUTPUT_MAX_BYTES. */
static void relieve_server(struct deferral *deferral)
{
    struct server *server = LIST_OWNER(deferral, struct server, relief);

    while (server->backlog_bytes > server->options.backlog_max &&
           server->readers.next != server->readers.prev) {
        struct connection *largest = find_largest(server, false);

        ensure(largest != NULL); /* there are two readers at least */
        drop_reader(largest);
    }
}

/* Decides which readers are slow. A reader is judged once it has been seen for a whole tick. */
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

/* Called every second while the server is under pressure. */
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

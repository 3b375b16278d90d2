/* The HTTP server of one loop: its listener, its connections and its shutdown. */
#include "http/server.h"

#include "base/ensure.h"
#include "base/error.h"
#include "base/mem.h"
#include "http/connection.h"
#include "http/network.h"

/* The deadlines of options that are 0. */
enum {
    HEADERS_DEFAULT_MS = 10 * 1000,
    BODY_DEFAULT_MS = 30 * 1000,
    IDLE_DEFAULT_MS = 75 * 1000,
    STALLED_DEFAULT_MS = 60 * 1000,
};

/* Sets the deadlines that are 0 to their defaults. */
static void fill_defaults(struct server_options *options)
{
    if (options->headers_ms == 0)
        options->headers_ms = HEADERS_DEFAULT_MS;
    if (options->body_ms == 0)
        options->body_ms = BODY_DEFAULT_MS;
    if (options->idle_ms == 0)
        options->idle_ms = IDLE_DEFAULT_MS;
    if (options->stalled_ms == 0)
        options->stalled_ms = STALLED_DEFAULT_MS;
}

void server_count_one(atomic_uint_fast64_t *counter)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

/* Closes the connection that has waited longest without a request. Returns false if there is
 * none. */
static bool make_room(struct server *server)
{
    struct list *waiting = list_is_empty(&server->idle) ? &server->begun : &server->idle;

    if (list_is_empty(waiting))
        return false;
    connection_drop(LIST_OWNER(waiting->next, struct connection, waiting));
    server_count_one(&server->made_room);
    return true;
}

/* Counts the connection against its address. Returns false if that has too many. *out may be
 * NULL. */
static bool hold_address(struct server *server, const struct tcp *tcp, struct quota_share **out)
{
    const struct quota_amount one = { .runs = 1 };
    const struct quota_amount most = { .runs = server->options.connections_per_address };
    unsigned char client[NETWORK_CLIENT_BYTES];

    *out = NULL;
    if (most.runs == 0)
        return true;
    network_client(tcp_peer(tcp), client);
    struct quota_share *share =
        quota_share_new(server->options.addresses, (str){ (const char *)client, sizeof(client) });
    if (quota_share_set(share, one, most) != NULL) {
        quota_share_unref(share);
        return false;
    }
    *out = share;
    return true;
}

/* Called for each new client. Closes the connection if there is no room for it. */
static void on_accept(struct tcp *tcp, void *user)
{
    struct server *server = user;
    size_t max = server->options.connections_max; /* 0: no limit */
    bool is_full = max > 0 && server->connection_count >= max;
    struct quota_share *share;

    if (!hold_address(server, tcp, &share) || (is_full && !make_room(server))) {
        quota_share_unref(share);
        server_count_one(&server->turned_away);
        tcp_close(tcp);
        return;
    }
    connection_open(server, tcp)->address_share = share;
}

/* Drops every connection. */
static void drop_all(struct server *server)
{
    struct list *next;

    for (struct list *node = server->connections.next; node != &server->connections; node = next) {
        next = node->next;
        connection_drop(LIST_OWNER(node, struct connection, node));
    }
}

/* Called when a draining server runs out of time, first to cancel work, then to drop the rest. */
static void on_grace_over(struct timer *timer)
{
    struct server *server = LIST_OWNER(timer, struct server, grace);

    ensure(server->is_draining);
    if (server->is_late || server->drain.on_late == NULL) {
        drop_all(server);
        return;
    }
    server->is_late = true;
    timer_start(server->loop, &server->grace, server->drain.last_ms);
    server->drain.on_late(server->drain.user);
}

/* Called when the last connection of a draining server has closed. */
static void report_drained(struct deferral *deferral)
{
    struct server *server = LIST_OWNER(deferral, struct server, drained_deferral);

    ensure(server->is_draining && server->connection_count == 0);
    timer_stop(&server->grace);
    server->drain.drained(server->drain.user); /* may free the server */
}

/* Creates a server with a copy of the options. It does not listen yet. */
static struct server *server_new(struct loop *loop, const struct server_options *options)
{
    struct server *server = mem_zeroed(sizeof(*server));

    server->loop = loop;
    server->options = *options;
    fill_defaults(&server->options);
    list_init(&server->connections);
    list_init(&server->idle);
    list_init(&server->begun);
    backlog_init(server);
    server->grace.fire = on_grace_over;
    server->drained_deferral.run = report_drained;
    return server;
}

/* Creates a listening server. On failure *out is unchanged. */
agentos_status server_open(struct loop *loop, const struct server_options *options,
                           struct server **out, agentos_error *err)
{
    ensure(options->host != NULL && options->on_request != NULL);
    ensure(options->connections_per_address == 0 || options->addresses != NULL);
    struct server *server = server_new(loop, options);
    const struct tcp_listen_options listen = {
        .host = options->host,
        .port = options->port,
        .reuse_port = options->reuse_port,
        .fd = options->fd,
        .on_accept = on_accept,
        .user = server,
    };

    agentos_status status = tcp_listen(loop, &listen, &server->listener, err);
    if (status != AGENTOS_OK) {
        free(server);
        return status;
    }
    *out = server;
    return AGENTOS_OK;
}

uint16_t server_port(const struct server *server)
{
    return tcp_listener_port(server->listener);
}

size_t server_connections(const struct server *server)
{
    return atomic_load_explicit(&server->connection_count, memory_order_relaxed);
}

struct server_counts server_count(const struct server *server)
{
    return (struct server_counts){
        .made_room = atomic_load_explicit(&server->made_room, memory_order_relaxed),
        .turned_away = atomic_load_explicit(&server->turned_away, memory_order_relaxed),
        .too_slow = atomic_load_explicit(&server->too_slow, memory_order_relaxed),
    };
}

/* Returns the Date header (RFC 9110 §6.6.1), formatted once a second. */
const char *server_date(struct server *server)
{
    int64_t now_s = clock_now_s();

    if (now_s != server->date_s) {
        server->date_s = now_s;
        (void)clock_http_date(now_s, server->date); /* returns the text it wrote */
    }
    return server->date;
}

/* Removes a closed connection. The last one completes a drain. */
void server_forget(struct server *server, struct connection *connection)
{
    ensure(list_is_linked(&connection->node) && server->connection_count > 0);
    list_remove(&connection->node);
    server->connection_count--;
    if (server->is_draining && server->connection_count == 0)
        loop_defer(server->loop, &server->drained_deferral);
}

/* Stops accepting, and calls drained once open exchanges have ended. */
void server_drain(struct server *server, const struct server_drain_options *options)
{
    struct list *next;

    ensure(options->drained != NULL);
    if (server->is_draining)
        return;
    server->is_draining = true;
    server->drain = *options;
    tcp_listener_close(server->listener);
    server->listener = NULL;
    timer_start(server->loop, &server->grace, options->grace_ms);
    if (server->connection_count == 0)
        loop_defer(server->loop, &server->drained_deferral);
    for (struct list *node = server->connections.next; node != &server->connections; node = next) {
        next = node->next;
        connection_close_idle(LIST_OWNER(node, struct connection, node));
    }
}

/* Drops every connection and frees the server, without calling drained. */
void server_free(struct server *server)
{
    if (server == NULL)
        return;
    tcp_listener_close(server->listener);
    drop_all(server);
    timer_stop(&server->grace);
    backlog_clear(server);
    loop_undefer(server->loop, &server->drained_deferral);
    free(server);
}

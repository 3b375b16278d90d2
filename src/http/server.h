/* The HTTP/1.1 server of a loop. It refuses ambiguous requests with 400 and closes the connection
 * (RFC 9112 §6, §11.2). Its own refusals have the form {"detail": "..."}. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/quota.h"
#include "http/message.h"
#include "loop/loop.h"

struct server;
struct exchange; /* one request and its response, on one loop */

typedef void exchange_handler(struct exchange *exchange, void *user);

struct server_options {
    const char *host;
    uint16_t port;
    bool reuse_port;
    int fd; /* a listening socket, which the caller keeps; 0 to create one */
    /* called when the header block is complete, before the body is read */
    exchange_handler *on_request;
    void *user;
    /* Called when the server itself refuses a request. May be NULL. */
    void (*on_refused)(const char *peer, int status, const char *detail, void *user);
    /* 0 for no limit. When it is reached, the client that has waited longest without a request is
     * closed for the new one, or the new one if all have requests open. */
    size_t connections_max;
    /* The maximum number of connections per address (for IPv6, per /64), over all servers that
     * share `addresses`; 0 for no limit. Not for use behind a proxy, which is one address. */
    size_t connections_per_address;
    struct quota *addresses; /* borrowed; may be NULL if connections_per_address is 0 */
    /* The maximum unsent output of all connections, in bytes; 0 for no limit. Above it, the largest
     * backlogs are dropped; above a quarter of it, clients that take less than 64 KiB a second. */
    size_t backlog_max;
    /* Absolute deadlines. 0 stands for the default in brackets. */
    uint64_t headers_ms; /* [10,000] from the first byte to the end of the headers; then 408 */
    uint64_t body_ms;    /* [30,000] from exchange_read_body to the end of the body; then 408 */
    /* [75,000] between requests; then the connection is closed */
    uint64_t idle_ms;
    /* [60,000] the time in which a client must take 16 KiB while output is queued; it is dropped
     * otherwise */
    uint64_t stalled_ms;
};

/* Creates a server that listens. The caller must free it with server_free. Fails with the errors of
 * tcp_listen, and leaves *out unchanged then. No function blocks, and all are for the loop's thread
 * except server_connections and server_count. */
MUST_USE agentos_status server_open(struct loop *loop, const struct server_options *options,
                                    struct server **out, agentos_error *err);
uint16_t server_port(const struct server *server);
size_t server_connections(const struct server *server); /* may be called on any thread */

/* Connections closed for lack of room since the server was opened. */
struct server_counts {
    uint64_t made_room;   /* clients without a request that were closed for a new one */
    uint64_t turned_away; /* new clients that were closed at once */
    uint64_t too_slow;    /* clients that were dropped because they did not read */
};
struct server_counts server_count(const struct server *server); /* may be called on any thread */

struct server_drain_options {
    uint64_t grace_ms; /* the time for open exchanges to end */
    /* Called after grace_ms if connections are left; handlers should then answer early. If it is
     * NULL, the connections are dropped. */
    void (*on_late)(void *user);
    uint64_t last_ms; /* the time from on_late until the remaining connections are dropped */
    void (*drained)(void *user); /* called when no connection is left */
    void *user;
};

/* Stops accepting clients, closes idle connections, and answers open exchanges with "connection:
 * close". The callbacks are called on the loop. The options are copied. */
void server_drain(struct server *server, const struct server_drain_options *options);
void server_free(struct server *server); /* drops every connection; NULL is allowed */

/* ---- for handlers. Each ends its exchange by exchange_reply, or by exchange_begin ...
 * exchange_end ---- */

arena *exchange_arena(struct exchange *exchange);
const struct request *exchange_request(const struct exchange *exchange);
struct loop *exchange_loop(const struct exchange *exchange);

/* Reads the whole body (after sending "100 Continue" if the client waits for it) and then calls
 * `then` on the loop, possibly before this returns; request.body is set then. If the body is longer
 * than limit, the server answers 413, and `then` is not called. For a request without a body,
 * `then` is called at once. If a handler replies without calling this, the body is discarded. */
void exchange_read_body(struct exchange *exchange, size_t limit, exchange_handler *then,
                        void *user);

/* Returns how many bytes the body may take in memory: the length that its head declares, or limit
 * if it declares none or a longer one. */
size_t exchange_body_bytes(const struct exchange *exchange, size_t limit);

/* Frees the body. request.body is then empty. */
void exchange_drop_body(struct exchange *exchange);

/* Sends the whole response, whose body is copied or sent at once. The exchange must not be used
 * afterwards. */
void exchange_reply(struct exchange *exchange, const struct reply *reply);

/* Begins a streamed response with reply->body. It is chunked, or for HTTP/1.0 ends with the
 * connection. The output of one turn of the loop is written at once. */
void exchange_begin(struct exchange *exchange, const struct reply *reply);
void exchange_send(struct exchange *exchange, str bytes);
void exchange_end(struct exchange *exchange); /* the same: it must not be used afterwards */
/* drops the connection */
void exchange_abort(struct exchange *exchange);

/* Returns the number of bytes that the kernel has not taken yet. At OUTPUT_HIGH_BYTES, a producer
 * should pause until on_drained. */
size_t exchange_queued(const struct exchange *exchange);

/* Sets two callbacks. on_gone is called if the client leaves or is dropped, or if its body is
 * refused, before the exchange has ended. The exchange must not be used after the call. A handler
 * that answers after it has returned must set on_gone. on_drained is called when OUTPUT_HIGH_BYTES
 * were queued and the kernel has taken everything. */
void exchange_watch(struct exchange *exchange, exchange_handler *on_gone,
                    exchange_handler *on_drained, void *user);

/* For on_gone: returns true if the body was refused, which on_refused has reported, or false if the
 * client has left. */
bool exchange_is_refused(const struct exchange *exchange);

/* Treats a client that ends its input as gone, as in a stream. Otherwise a client that half-closes
 * the connection after its request still gets the response. */
void exchange_end_at_eof(struct exchange *exchange);

#endif

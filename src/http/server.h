/* The HTTP/1.1 server of a loop, which parses incoming bytes and passes exchanges to a handler. It
 * does not depend on routes or JSON; its own refusals have the form {"detail": "..."}, as those of
 * the handlers. It is strict: a request that two parsers could read differently is refused with
 * 400, and the connection is closed (RFC 9112 §6, §11.2). */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/quota.h"
#include "http/message.h"
#include "loop/loop.h"

struct server;
struct exchange; /* one request and its answer, on one loop */

typedef void exchange_handler(struct exchange *exchange, void *user);

struct server_options {
    const char *host;
    uint16_t port;
    bool reuse_port;
    int fd; /* a socket that listens already and still belongs to the caller; 0 to make one */
    /* called when the header block is complete, before the body is read */
    exchange_handler *on_request;
    void *user;
    /* Called when the server itself has refused a request, before or instead of on_request. */
    void (*on_refused)(const char *peer, int status, const char *detail, void *user);
    /* 0 for no limit of its own. When it is reached, the client that has waited longest without a
     * request makes room for a new one. If all have requests open, the new connection is closed at
     * once. */
    size_t connections_max;
    /* How many connections one address (for IPv6, one /64) may have open, on all servers that share
     * `addresses`; 0 for no limit. Further ones are closed at once. Only for clients that connect
     * directly, because a proxy is one address. */
    size_t connections_per_address;
    struct quota *addresses; /* borrowed; may be NULL if connections_per_address is 0 */
    /* How many bytes of output may wait for slow readers, on all connections; 0 for no limit. Above
     * it, the largest backlogs are dropped. Above a quarter of it, those of readers that take less
     * than 64 KiB a second are. */
    size_t backlog_max;
    /* Absolute deadlines. 0 stands for the default in brackets. */
    uint64_t headers_ms; /* [10,000] from the first byte to the end of the headers; then 408 */
    uint64_t body_ms;    /* [30,000] from exchange_read_body to the end of the body; then 408 */
    /* [75,000] between requests; then the connection is closed without an answer */
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

/* What the server has done against too many clients since it was opened. */
struct server_counts {
    uint64_t made_room;   /* clients without a request that were closed for a new one */
    uint64_t turned_away; /* new clients that were closed at once */
    uint64_t too_slow;    /* clients that were dropped because they did not read */
};
struct server_counts server_count(const struct server *server); /* may be called on any thread */

struct server_drain_options {
    uint64_t grace_ms; /* how long open exchanges may take to end by themselves */
    /* Called after grace_ms if connections are left, whose handlers should answer early now. If it
     * is NULL, the connections are dropped at once. */
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

/* Frees the body that was read. request.body is empty from now on. */
void exchange_drop_body(struct exchange *exchange);

/* Sends the whole answer. The body is copied or sent before this returns, and the exchange is gone
 * then. */
void exchange_reply(struct exchange *exchange, const struct reply *reply);

/* Begins a streamed answer, which is chunked, or for HTTP/1.0 ends when the connection is closed.
 * reply->body is sent first. The output of one turn of the loop is written at once. */
void exchange_begin(struct exchange *exchange, const struct reply *reply);
void exchange_send(struct exchange *exchange, str bytes);
void exchange_end(struct exchange *exchange); /* the exchange is gone when this returns */
/* drops the connection, because the answer cannot be completed */
void exchange_abort(struct exchange *exchange);

/* Returns how many bytes were sent but have not been taken by the kernel. When there are
 * OUTPUT_HIGH_BYTES or more, a producer should pause until on_drained. */
size_t exchange_queued(const struct exchange *exchange);

/* Sets two callbacks. on_gone is called if the client leaves or is dropped, or if its body is
 * refused, before the exchange has ended. The exchange is gone after the call, and no function of
 * it may be called any more. A handler that answers after it has returned must set on_gone.
 * on_drained is called when OUTPUT_HIGH_BYTES were queued and the kernel has taken everything. */
void exchange_watch(struct exchange *exchange, exchange_handler *on_gone,
                    exchange_handler *on_drained, void *user);

/* Returns true if the body was refused, which on_refused has reported, and false if the client has
 * left. For use in on_gone. */
bool exchange_is_refused(const struct exchange *exchange);

/* From now on, a client that ends its input is taken to have left, as in a stream. Without this, a
 * client that half-closes the connection after its request still gets the answer. */
void exchange_end_at_eof(struct exchange *exchange);

#endif

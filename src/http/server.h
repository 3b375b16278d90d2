/* The HTTP/1.1 server of a loop: bytes come in, exchanges go to a handler. It knows neither routes
 * nor JSON; its own refusals are {"detail": "..."}, as the handlers' are. It is strict: what two
 * parsers could read differently is refused with 400, and the connection closed (RFC 9112 §6,
 * §11.2). */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/quota.h"
#include "http/message.h"
#include "loop/loop.h"

struct server;
struct exchange; /* one request and its answer; lives on one loop */

typedef void exchange_handler(struct exchange *exchange, void *user);

struct server_options {
    const char *host;
    uint16_t port;
    bool reuse_port;
    int fd; /* a socket that listens there, which stays the caller's; 0: one is made */
    exchange_handler *on_request; /* the header block is complete; the body is not read yet */
    void *user;
    /* A request that the server itself has refused, before or instead of on_request. */
    void (*on_refused)(const char *peer, int status, const char *detail, void *user);
    /* 0: no limit of its own. At the limit, the client that has waited longest without a request
     * makes room for a new one. If all have requests open, the new one is closed at once. */
    size_t connections_max;
    /* How many connections one address (of IPv6: one /64) may have open, on all servers that share
     * `addresses`. 0: no limit. More are closed at once. Only for clients that connect directly: a
     * proxy is one address. */
    size_t connections_per_address;
    struct quota *addresses; /* borrowed; may be NULL without such a limit */
    /* How many bytes of output may wait for slow readers, on all connections; 0: no limit. Past it
     * the largest backlogs are dropped, and past a quarter those of readers under 64 KiB a second.
     */
    size_t backlog_max;
    /* Absolute deadlines; 0 means the default in brackets. */
    uint64_t headers_ms; /* [10,000] from its first byte to the end of the headers: 408 */
    uint64_t body_ms;    /* [30,000] from then to the end of the body: 408 */
    uint64_t idle_ms;    /* [75,000] between requests: closed silently */
    uint64_t stalled_ms; /* [60,000] a client that takes less than 16 KiB in it while output is
                          * queued: dropped */
};

/* Listens; owned: server_free. Fails as tcp_listen does. All functions are for the loop's thread,
 * but server_connections. */
MUST_USE agentos_status server_open(struct loop *loop, const struct server_options *options,
                                    struct server **out, agentos_error *err);
uint16_t server_port(const struct server *server);
size_t server_connections(const struct server *server); /* any thread */

/* What the server has done against too many clients, since it was opened. */
struct server_counts {
    uint64_t made_room;   /* clients without a request that were closed for a new one */
    uint64_t turned_away; /* new clients that were closed at once */
    uint64_t too_slow;    /* clients that were dropped because they did not read */
};
struct server_counts server_count(const struct server *server); /* any thread */

struct server_drain_options {
    uint64_t grace_ms; /* the time that open exchanges have to end by themselves */
    /* Called after grace_ms if connections are left. Their handlers should now answer early. NULL:
     * the connections are dropped at once. */
    void (*on_late)(void *user);
    uint64_t last_ms;            /* the time from on_late until the rest is dropped */
    void (*drained)(void *user); /* called once no connection is left */
    void *user;
};

/* Stops accepting, closes idle connections, and answers open exchanges with "connection: close".
 * The functions are called on the loop. The options are copied. */
void server_drain(struct server *server, const struct server_drain_options *options);
void server_free(struct server *server); /* drops every connection; NULL is fine */

/* ---- inside on_request and after; each handler ends in exactly one reply or begin ... end ---- */

arena *exchange_arena(struct exchange *exchange);
const struct request *exchange_request(const struct exchange *exchange);
struct loop *exchange_loop(const struct exchange *exchange);

/* Reads the whole body (sending "100 Continue" if asked for), then calls `then` on the loop;
 * request.body is set. Longer than limit: 413 is answered by the server, and `then` is not called.
 * A request without a body calls `then` at once. Not calling this before the reply discards the
 * body. */
void exchange_read_body(struct exchange *exchange, size_t limit, exchange_handler *then,
                        void *user);

/* How many bytes the body may take in memory: as many as its head declares, or limit where it does
 * not say. */
size_t exchange_body_bytes(const struct exchange *exchange, size_t limit);

/* Give up the body that was read; request.body is empty from now on. */
void exchange_drop_body(struct exchange *exchange);

/* The whole answer. The body is copied or sent before it returns; the exchange is gone then. */
void exchange_reply(struct exchange *exchange, const struct reply *reply);

/* A streamed answer (chunked; until close for HTTP/1.0): reply->body is sent first. Output of one
 * turn of the loop leaves in one write. */
void exchange_begin(struct exchange *exchange, const struct reply *reply);
void exchange_send(struct exchange *exchange, str bytes);
void exchange_end(struct exchange *exchange); /* after this the exchange is gone */
void exchange_abort(
    struct exchange *exchange); /* drops the connection: the answer cannot be finished */

/* Bytes sent but not yet taken by the kernel. From OUTPUT_HIGH_BYTES on, a producer pauses until
 * on_drained. */
size_t exchange_queued(const struct exchange *exchange);

/* on_gone: the client left, or was dropped, or its body refused, before the end; the exchange is
 * gone after the call, and none of its functions may be called any more. A
 * handler that answers after it has returned must watch. on_drained: after OUTPUT_HIGH_BYTES were
 * queued, the kernel has taken everything. */
void exchange_watch(struct exchange *exchange, exchange_handler *on_gone,
                    exchange_handler *on_drained, void *user);

/* For on_gone: true if the body was refused, which on_refused has been told; false if the client
 * left.
 */
bool exchange_is_refused(const struct exchange *exchange);

/* From now on a client that ends its input is taken to have left, as in a stream. Without this, a
 * client that half-closes after its request still gets the answer. */
void exchange_end_at_eof(struct exchange *exchange);

#endif

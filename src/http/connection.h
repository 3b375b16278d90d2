/* A connection and its open exchange, for connection.c, exchange.c, input.c, output.c, backlog.c
 * and server.c only. Everything runs on the connection's loop. */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include <stdatomic.h>

#include "base/clock.h"
#include "http/parser.h"
#include "http/reply.h"
#include "http/server.h"
#include "loop/tcp.h"
#include "loop/timer.h"

struct server {
    struct loop *loop;
    struct server_options options; /* with defaults filled in */
    struct tcp_listener *listener;
    struct list connections;
    /* Connections without queued output or an open request, the longest waiting first: `begun` has
     * received a part of the next head, `idle` has not. */
    struct list idle, begun;
    atomic_uint_fast64_t made_room, turned_away, too_slow; /* other threads may read them */
    /* For backlog.c: the connections with queued output, and their queued bytes, as last
     * counted. */
    struct list readers;
    size_t backlog_bytes;
    struct deferral relief;
    struct timer tick;              /* runs while slow clients are being dropped */
    atomic_size_t connection_count; /* other threads may read it */
    int64_t date_s;                 /* the time that `date` shows, in seconds since 1970 */
    char date[CLOCK_TEXT_SIZE];
    /* is_late is set when grace_ms is over and on_late has been called */
    bool is_draining, is_late;
    struct timer grace;
    struct deferral drained_deferral;
    struct server_drain_options drain; /* set when the server is draining */
};

/* How incoming bytes are handled. An exchange is open only in HELD, BODY and TRAILERS. */
enum phase {
    PHASE_CLOSED,   /* ignored: the connection is being freed */
    PHASE_HEAD,     /* read as the head of a request, if any */
    PHASE_HELD,     /* kept, up to PIPELINE_MAX_BYTES, while a handler has the exchange */
    PHASE_BODY,     /* read as a body for a handler, or discarded */
    PHASE_TRAILERS, /* read and discarded as trailers */
    PHASE_LINGER,   /* discarded until the client closes, after the last reply */
    PHASES,
};

struct exchange {
    struct connection *connection;
    arena *memory;
    struct parser *parser;
    struct request request;
    buf body;
    bool is_answered;  /* the handler has answered; the rest of the body is discarded */
    bool is_body_read; /* the whole body has been read */
    bool is_refused;   /* connection_refuse has answered */
    bool is_streaming, is_bodiless, closes; /* set by exchange_begin, as is `end` */
    bool ends_at_eof;                       /* the handler has called exchange_end_at_eof */
    enum reply_end end;
    exchange_handler *then, *on_gone, *on_drained;
    void *then_user, *watch_user;
};

struct connection {
    struct list node;
    struct list waiting; /* in the server's `idle` or `begun`, or in neither */
    struct list reader;  /* backlog.c: in the server's `readers`, or not */
    size_t counted_bytes;
    uint64_t tick_mark; /* the number of bytes that the kernel had taken at the last tick */
    /* is_marked: tick_mark is set; is_slow: too little was taken between the last two ticks */
    bool is_marked, is_slow;
    struct quota_share *address_share; /* NULL if there is no limit for each address */
    struct server *server;
    struct tcp *tcp;
    struct exchange *exchange; /* NULL if no exchange is open */
    enum phase phase;
    /* inside run_steps, which continues by itself and alone may free the connection */
    bool is_processing;
    bool has_begun; /* the first byte of the next head was received */
    bool has_skipped_line;
    bool has_served; /* an exchange has ended on this connection */
    bool is_at_eof;
    bool is_high;  /* the output has reached OUTPUT_HIGH_BYTES and has not drained since */
    bool in_chunk; /* the output ends in an open chunk, which began at chunk_at */
    size_t chunk_at;
    size_t discarded_bytes;
    struct head_scan scan;
    buf input;  /* bytes that could not be used yet */
    buf output; /* the output of this turn of the loop */
    struct deferral flush;
    struct timer deadline; /* the deadline of the phase */
    struct timer stall;    /* runs while the kernel has not taken all output */
    /* the number of all bytes that were passed to tcp_write; at least tcp_queued */
    uint64_t written_bytes;
    /* how many of these the kernel had taken when the timer was last started */
    uint64_t stall_mark;
};

/* ---- connection.c. Each of these may free the connection, unless its steps are running ---- */

struct connection *connection_open(struct server *server, struct tcp *tcp);
void connection_await_head(struct connection *connection);
void connection_expect_body(struct connection *connection);

/* Called when the exchange has been answered. Closes the connection if `closes` is true. */
void connection_finish(struct connection *connection, bool closes);

/* Answers in place of the handler, and closes the connection. Ends an open exchange. */
void connection_refuse(struct connection *connection, struct refusal why);

/* Writes the queued output, then closes the connection. Discards further input. */
void connection_linger(struct connection *connection);

/* Closes the connection at once. Notifies the handler of an open exchange by on_gone. */
void connection_drop(struct connection *connection);

/* Called while the server drains. Closes the connection if no request is open or has begun. A new
 * client gets a second for its first request. */
void connection_close_idle(struct connection *connection);

/* Adds the connection to, or removes it from, the list of those that may be closed for a new
 * client. */
void connection_update_waiting(struct connection *connection);

/* ---- input.c. Each of these may free the connection, unless its steps are running ---- */

void connection_read(struct connection *connection, str bytes);
void connection_end_input(struct connection *connection);
/* continues with the kept input in a new phase */
void connection_process(struct connection *connection);

/* ---- output.c. Output is appended to connection->output, before connection_flush_later ---- */

void connection_output_init(struct connection *connection);
void connection_flush_later(struct connection *connection);
void connection_flush(struct connection *connection);
/* called after the head; a large body is not copied */
void connection_send_body(struct connection *connection, const struct reply *reply);
/* may free the connection, unless its steps are running */
void connection_drained(struct connection *connection);
size_t connection_queued(const struct connection *connection);

/* ---- backlog.c ---- */

void backlog_init(struct server *server);
void backlog_clear(struct server *server); /* called when no connection is left */

/* Counts the connection's queued output. Drops no connection before the end of the turn. */
void backlog_update(struct connection *connection);
void backlog_remove(struct connection *connection); /* called before the connection is closed */

/* ---- server.c ---- */

/* Adds to a counter of the server, which only the loop's thread writes. */
void server_count_one(atomic_uint_fast64_t *counter);

const char *server_date(struct server *server);
void server_forget(struct server *server, struct connection *connection);

#endif

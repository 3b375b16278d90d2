/* A connection and its open exchange, as connection.c, exchange.c, input.c, output.c and server.c
 * share them. Not for other files. */
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
    struct server_options options; /* with the defaults filled in */
    struct tcp_listener *listener;
    struct list connections;
    /* The connections that nothing is queued for and that have no request open, by how long that
     * has been so: without a byte of the next head, and with a part of it. */
    struct list idle, begun;
    atomic_uint_fast64_t made_room, turned_away, too_slow; /* other threads may read them */
    /* backlog.c: the connections that output is queued for, and how much, as last counted. */
    struct list readers;
    size_t backlog_bytes;
    struct deferral relief;
    struct timer tick;              /* runs while slow readers are looked for */
    atomic_size_t connection_count; /* other threads may read it */
    int64_t date_s;                 /* what `date` says */
    char date[CLOCK_TEXT_SIZE];
    bool is_draining, is_late; /* is_late: grace_ms is over, and on_late was called */
    struct timer grace;
    struct deferral drained_deferral;
    struct server_drain_options drain; /* once it is draining */
};

/* What is done with the bytes that come in. An exchange is open in HELD, BODY and TRAILERS only. */
enum phase {
    PHASE_CLOSED,   /* nothing: the connection is being freed */
    PHASE_HEAD,     /* idle, or a head is coming */
    PHASE_HELD,     /* a handler has the exchange: bytes wait, up to PIPELINE_MAX_BYTES */
    PHASE_BODY,     /* a body is coming, for a handler or to be discarded */
    PHASE_TRAILERS, /* what follows its last chunk; discarded */
    PHASE_LINGER,   /* the last reply is written: thrown away until the client closes */
    PHASES,
};

struct exchange {
    struct connection *connection;
    arena *memory;
    struct parser *parser;
    struct request request;
    buf body;
    bool is_answered;  /* taken from its handler; the rest of the body is discarded */
    bool is_body_read; /* to its end */
    bool is_refused;   /* answered by connection_refuse */
    bool is_streaming, is_bodiless, closes; /* set by exchange_begin, with `end` */
    bool ends_at_eof;                       /* its handler asked for that */
    enum reply_end end;
    exchange_handler *then, *on_gone, *on_drained;
    void *then_user, *watch_user;
};

struct connection {
    struct list node;
    struct list waiting; /* in the server's `idle` or `begun`, or in neither */
    struct list reader;  /* backlog.c: in the server's `readers`, or not */
    size_t counted_bytes;
    uint64_t tick_mark;                /* how many bytes the kernel had taken at the last tick */
    bool is_marked, is_slow;           /* tick_mark is set; it has taken too little since */
    struct quota_share *address_share; /* NULL without a limit for each address */
    struct server *server;
    struct tcp *tcp;
    struct exchange *exchange; /* NULL: none is open */
    enum phase phase;
    bool is_processing; /* run_steps is on the stack: it goes on by itself, and it alone frees */
    bool has_begun;     /* the first byte of the next head has come */
    bool has_skipped_line;
    bool has_served; /* an exchange has ended on it */
    bool is_at_eof;
    bool is_high;  /* output reached OUTPUT_HIGH_BYTES and has not drained since */
    bool in_chunk; /* output ends in an open chunk, which began at chunk_at */
    size_t chunk_at;
    size_t discarded_bytes;
    struct head_scan scan;
    buf input;  /* what could not be used yet */
    buf output; /* of this turn of the loop */
    struct deferral flush;
    struct timer deadline;  /* of the phase */
    struct timer stall;     /* runs while the kernel has not taken everything */
    uint64_t written_bytes; /* handed to tcp_write since the beginning; at least tcp_queued */
    uint64_t stall_mark;    /* how many the kernel had taken at the last look */
};

/* ---- connection.c. Each of these may free the connection, unless its steps are running ---- */

struct connection *connection_open(struct server *server, struct tcp *tcp);
void connection_await_head(struct connection *connection);
void connection_expect_body(struct connection *connection);

/* The exchange was answered. `closes`: nothing may follow. */
void connection_finish(struct connection *connection, bool closes);

/* Answer instead of the handler, and close. An open exchange is gone. */
void connection_refuse(struct connection *connection, struct refusal why);

/* Writes what is queued, then closes; discards what comes meanwhile. */
void connection_linger(struct connection *connection);

/* Closes at once; the handler of an open exchange is told by on_gone. */
void connection_drop(struct connection *connection);

/* While draining: closes the connection if no exchange is open and no head has begun. A client that
 * has just connected is waited for: its first request may be on its way. */
void connection_close_idle(struct connection *connection);

/* Enters the connection into the server's list of those that may make room for a new client, or
 * takes it out, by its present state. */
void connection_update_waiting(struct connection *connection);

/* ---- input.c; the same holds ---- */

void connection_read(struct connection *connection, str bytes);
void connection_end_input(struct connection *connection);
void connection_process(struct connection *connection); /* goes on with kept input in a new phase */

/* ---- output.c: append to connection->output, then connection_flush_later ---- */

void connection_output_init(struct connection *connection);
void connection_flush_later(struct connection *connection);
void connection_flush(struct connection *connection);
void connection_send_body(struct connection *connection,
                          str body); /* after its head; a large one is not copied */
void connection_drained(struct connection *connection); /* may free it, like input.c */
size_t connection_queued(const struct connection *connection);

/* ---- backlog.c ---- */

void backlog_init(struct server *server);
void backlog_clear(struct server *server); /* once no connection is left */

/* Counts what is queued for the connection now. Drops none before the end of the turn. */
void backlog_update(struct connection *connection);
void backlog_remove(struct connection *connection); /* before it is closed */

/* ---- server.c ---- */

/* Adds to a counter of the server, which only the loop's thread writes. */
void server_count_one(atomic_uint_fast64_t *counter);

const char *server_date(struct server *server);
void server_forget(struct server *server, struct connection *connection);

#endif

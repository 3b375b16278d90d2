/* The internals of a connection, for tcp.c and tcp_listen.c. */
#ifndef LOOP_TCP_INTERNAL_H
#define LOOP_TCP_INTERNAL_H

#include "loop/internal.h"
#include "loop/tcp.h"

enum { PEER_TEXT_SIZE = 46 }; /* INET6_ADDRSTRLEN */

struct tcp {
    uv_tcp_t handle;
    struct loop *loop;
    const struct tcp_handlers *handlers;
    void *user;
    uv_shutdown_t shutdown;
    struct deferral failure; /* queued when is_failed is set */
    bool is_reading, is_at_eof, is_failed, is_half_closed;
    char peer[PEER_TEXT_SIZE];
};

/* Accepts the next connection of a listener. Returns NULL if the client has already left. The
 * caller must close the connection with tcp_close. */
struct tcp *tcp_accept(struct loop *loop, uv_stream_t *listener);

#endif

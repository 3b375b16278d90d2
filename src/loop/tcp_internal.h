/* An accepted connection from inside: tcp_listen.c makes it, tcp.c runs it. */
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
    struct deferral
        failure; /* a failed write is told at the end of the turn, never inside tcp_write */
    bool is_reading, is_at_eof, is_failed, is_half_closed;
    char peer[PEER_TEXT_SIZE];
};

/* Takes the next connection of a listener; NULL: it is gone already. */
struct tcp *tcp_accept(struct loop *loop, uv_stream_t *listener);

#endif

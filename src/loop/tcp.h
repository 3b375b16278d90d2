/* TCP listeners and connections for the HTTP server. */
#ifndef LOOP_TCP_H
#define LOOP_TCP_H

#include "base/str.h"
#include "loop/loop.h"

struct tcp; /* an accepted connection */
struct tcp_listener;

/* Called on the loop's thread, and never after tcp_close. Any of them may call tcp_close. */
struct tcp_handlers {
    /* the bytes are valid only during the call */
    void (*on_read)(void *user, str bytes);
    void (*on_eof)(void *user);     /* the peer has sent FIN */
    void (*on_error)(void *user);   /* reset, or a failed write */
    void (*on_drained)(void *user); /* the kernel has taken all queued bytes */
};

typedef void tcp_accept_handler(struct tcp *connection, void *user);

/* How to listen. `host` is an IPv4 or IPv6 address or "localhost". If port is 0, the system chooses
 * one (see tcp_listener_port). With reuse_port, several loops share the address (SO_REUSEPORT). */
struct tcp_listen_options {
    const char *host;
    uint16_t port;
    bool reuse_port;
    /* may be NULL only if the listener is closed before the loop runs */
    tcp_accept_handler *on_accept;
    void *user;
    int fd; /* a listening socket to duplicate; 0 to create one */
};

/* Binds and listens. The caller must free *out with tcp_listener_close. Returns INVALID if the host
 * is not such an address, CONFLICT if the address is in use, and INTERNAL for other errors. */
MUST_USE agentos_status tcp_listen(struct loop *loop, const struct tcp_listen_options *options,
                                   struct tcp_listener **out, agentos_error *err);
uint16_t tcp_listener_port(const struct tcp_listener *listener);
/* accepted connections are not affected */
void tcp_listener_close(struct tcp_listener *listener);

/* Starts reading from an accepted connection. Must be called once, inside on_accept. The handlers
 * must outlive the connection. */
void tcp_start(struct tcp *tcp, const struct tcp_handlers *handlers, void *user);

/* Returns the peer's address as text ("127.0.0.1" or "::1"), borrowed from the connection. */
const char *tcp_peer(const struct tcp *tcp);

/* Returns true if the host is "localhost" or a loopback address (127.0.0.0/8, the same mapped into
 * IPv6, or ::1). Names are not resolved. */
bool tcp_is_loopback(str host);

/* Removes the brackets of URLs and Host headers: "::1" for "[::1]". */
str tcp_without_brackets(str host);

/* copies the bytes that the kernel does not take at once */
void tcp_write(struct tcp *tcp, str bytes);
/* Like tcp_write, but *memory, from malloc, holds the bytes: instead of copying them, takes it over
 * and sets it to NULL. Copies if `memory` is NULL. */
void tcp_write_from(struct tcp *tcp, str bytes, char **memory);
/* returns how many written bytes the kernel has not taken yet */
size_t tcp_queued(const struct tcp *tcp);
void tcp_pause(struct tcp *tcp); /* stops on_read until tcp_resume */
void tcp_resume(struct tcp *tcp);
void tcp_half_close(struct tcp *tcp); /* sends FIN after the queued bytes; reading goes on */
/* drops queued bytes and frees the connection */
void tcp_close(struct tcp *tcp);

#endif

/* TCP as the HTTP server needs it: listening, reading into a buffer of the loop, and writing
 * without copying what the kernel takes at once. */
#ifndef LOOP_TCP_H
#define LOOP_TCP_H

#include "base/str.h"
#include "loop/loop.h"

struct tcp; /* one accepted connection */
struct tcp_listener;

/* All are called on the loop's thread, and none after tcp_close. Any of them may call tcp_close. */
struct tcp_handlers {
    void (*on_read)(void *user, str bytes); /* bytes are the loop's: valid for the call only */
    void (*on_eof)(void *user);             /* the peer will send no more */
    void (*on_error)(void *user);           /* reset, or a write failed */
    void (*on_drained)(void *user);         /* everything queued was taken by the kernel */
};

typedef void tcp_accept_handler(struct tcp *connection, void *user);

/* Binds and listens. host: an IPv4 or IPv6 literal, or "localhost". port 0 picks one: see
 * tcp_listener_port. reuse_port: several loops share the address (SO_REUSEPORT). INVALID: not an
 * address; CONFLICT: in use; INTERNAL otherwise. The sentence names HOST:PORT. Owned:
 * tcp_listener_close. */
struct tcp_listen_options {
    const char *host;
    uint16_t port;
    bool reuse_port;
    tcp_accept_handler *on_accept; /* NULL only if it is closed before the loop runs */
    void *user;
    int fd; /* a socket that listens there, which is duplicated; 0: one is made */
};
MUST_USE agentos_status tcp_listen(struct loop *loop, const struct tcp_listen_options *options,
                                   struct tcp_listener **out, agentos_error *err);
uint16_t tcp_listener_port(const struct tcp_listener *listener);
void tcp_listener_close(struct tcp_listener *listener); /* frees it; accepted connections go on */

/* Starts reading from an accepted connection. Called once, inside on_accept. handlers must outlive
 * it. */
void tcp_start(struct tcp *tcp, const struct tcp_handlers *handlers, void *user);

/* The peer's address as text ("127.0.0.1", "::1"), borrowed from the connection. */
const char *tcp_peer(const struct tcp *tcp);

/* Is host "localhost" or a loopback literal (127.0.0.0/8, the same mapped into IPv6, ::1)? No name
 * is looked up, and no other name is trusted, such as "127.0.0.1.example.com". */
bool tcp_is_loopback(str host);

/* "[::1]" as "::1": a host as it stands in a URL or a Host header, without the brackets of IPv6. */
str tcp_without_brackets(str host);

void tcp_write(struct tcp *tcp, str bytes); /* copies what the kernel does not take at once */
size_t tcp_queued(const struct tcp *tcp);   /* bytes written but not yet taken */
void tcp_pause(struct tcp *tcp);            /* no more on_read until tcp_resume */
void tcp_resume(struct tcp *tcp);
void tcp_half_close(struct tcp *tcp); /* FIN after what is queued; reading goes on */
void tcp_close(struct tcp *tcp);      /* drops what is queued; frees it; no callback afterwards */

#endif

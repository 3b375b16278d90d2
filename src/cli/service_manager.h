/* The socket that a service manager passes (sd_listen_fds(3)) and the notification that it receives
 * (sd_notify(3)). */
#ifndef CLI_SERVICE_MANAGER_H
#define CLI_SERVICE_MANAGER_H

#include "base/error.h"

enum { PASSED_HOST_SIZE = 46 }; /* an IPv6 address as text, with its NUL */

struct passed_socket {
    int fd; /* 0 if none was passed */
    uint16_t port;
    char host[PASSED_HOST_SIZE];
};

/* Finds the socket that the service manager passed to this process, and its address. Returns
 * INVALID if it passed several, or one that is not a listening TCP socket. */
MUST_USE agentos_status passed_socket_find(struct passed_socket *out, agentos_error *err);

/* Notifies the service manager, if there is one, that the server is ready. Has the type of
 * options.on_ready. Logs a failure. */
void service_manager_tell_ready(void *user, const char *host, uint16_t port);

#endif

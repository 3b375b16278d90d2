/* What `agentos serve` exchanges with the service manager that started it, such as systemd: the
 * listening socket that it is given (sd_listen_fds(3)), and the message that the server is ready
 * (sd_notify(3)). */
#ifndef CLI_SERVICE_MANAGER_H
#define CLI_SERVICE_MANAGER_H

#include "base/error.h"

enum { PASSED_HOST_SIZE = 46 }; /* the size of an IPv6 address as text, with its NUL */

struct passed_socket {
    int fd; /* 0 if none was passed */
    uint16_t port;
    char host[PASSED_HOST_SIZE];
};

/* Finds the socket that the service manager has passed to this process, and its address. Returns
 * INVALID if several were passed, or if it is not a TCP socket that listens. */
MUST_USE agentos_status passed_socket_find(struct passed_socket *out, agentos_error *err);

/* Tells the service manager that the server is ready, if there is one that wants to know. It has
 * the type of options.on_ready. A failure is logged. */
void service_manager_tell_ready(void *user, const char *host, uint16_t port);

#endif

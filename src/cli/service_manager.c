/* Socket activation and readiness notification of systemd, without its library. */
#include "cli/service_manager.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/log.h"
#include "base/str.h"

enum { FIRST_PASSED_FD = 3 }; /* SD_LISTEN_FDS_START */

/* ---- the socket ---- */

/* Returns the number in an environment variable, or 0 if it has none. */
static int64_t read_number(const char *variable)
{
    const char *text = getenv(variable);
    int64_t number;

    if (text == NULL || !str_to_int(str_of(text), &number))
        return 0;
    return number;
}

static bool is_listening(int fd)
{
    int type = 0, listens = 0;
    socklen_t type_size = sizeof(type), listens_size = sizeof(listens);

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) == 0 && type == SOCK_STREAM &&
           getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_size) == 0 && listens != 0;
}

/* Reads the address of a listening socket. Returns false if it is not a TCP socket. */
static bool read_address(int fd, struct passed_socket *out)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof(address);
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address;

    if (!is_listening(fd) || getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return false;
    if (address.ss_family == AF_INET) {
        out->port = ntohs(v4->sin_port);
        return inet_ntop(AF_INET, &v4->sin_addr, out->host, sizeof(out->host)) != NULL;
    }
    if (address.ss_family == AF_INET6) {
        out->port = ntohs(v6->sin6_port);
        return inet_ntop(AF_INET6, &v6->sin6_addr, out->host, sizeof(out->host)) != NULL;
    }
    return false;
}

agentos_status passed_socket_find(struct passed_socket *out, agentos_error *err)
{
    struct passed_socket found = { .fd = FIRST_PASSED_FD };
    int64_t count = read_number("LISTEN_FDS");

    ensure(out != NULL);
    *out = (struct passed_socket){ .fd = 0 };
    if (count == 0 || read_number("LISTEN_PID") != getpid())
        return AGENTOS_OK; /* none, or for another process */
    if (count != 1)
        return fail(err, AGENTOS_INVALID,
                    "the service manager passed more than one socket (LISTEN_FDS)");
    if (!read_address(FIRST_PASSED_FD, &found))
        return fail(err, AGENTOS_INVALID,
                    "the service manager passed a socket that is not a listening TCP socket");
    (void)fcntl(FIRST_PASSED_FD, F_SETFD, FD_CLOEXEC); /* cannot fail: the descriptor is open */
    *out = found;
    return AGENTOS_OK;
}

/* ---- the message ---- */

/* Converts a path or an abstract name (`@...`) to an address. Returns its size, or 0 if the name is
 * neither or too long. */
static socklen_t make_address(const char *name, struct sockaddr_un *out)
{
    size_t length = strlen(name);

    *out = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if ((name[0] != '/' && name[0] != '@') || length >= sizeof(out->sun_path))
        return 0;
    memcpy(out->sun_path, name, length);
    if (name[0] == '@')
        out->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

/* Sends a message to the socket of this name. Returns 0 or an errno value. */
static int send_message(const char *name, const char *message)
{
    struct sockaddr_un address;
    socklen_t size = make_address(name, &address);
    int error = 0;

    if (size == 0)
        return EINVAL;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    if (sendto(fd, message, strlen(message), MSG_NOSIGNAL, (const struct sockaddr *)&address,
               size) < 0)
        error = errno;
    (void)close(fd);
    return error;
}

void service_manager_tell_ready(void *user, const char *host, uint16_t port)
{
    const char *name = getenv("NOTIFY_SOCKET");
    char message[128];

    (void)user;
    ensure(host != NULL && port > 0);
    if (name == NULL || name[0] == '\0')
        return;
    (void)snprintf(message, sizeof(message), "READY=1\nSTATUS=Listening on %.64s, port %u", host,
                   port);
    int error = send_message(name, message);
    if (error != 0)
        LOG(LOG_WARNING, "cannot notify the service manager", log_text("why", strerror(error)));
}

/* Listens on TCP sockets and accepts clients. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/mem.h"
#include "loop/tcp_internal.h"

enum { BACKLOG = 4096 }; /* for bursts of clients; the kernel may lower it */

struct tcp_listener {
    uv_tcp_t handle;
    struct loop *loop;
    tcp_accept_handler *on_accept;
    void *user;
};

/* Accepts a connection and passes it to on_accept. */
static void on_connection(uv_stream_t *stream, int status)
{
    struct tcp_listener *listener = stream->data;

    if (status < 0)
        return; /* such as EMFILE: libuv has closed the connection */
    struct tcp *tcp = tcp_accept(listener->loop, stream);
    if (tcp != NULL)
        listener->on_accept(tcp, listener->user);
}

/* Parses the address, an IP address or "localhost". */
MUST_USE static agentos_status read_address(const struct tcp_listen_options *options,
                                            struct sockaddr_storage *out, agentos_error *err)
{
    const char *host = strcmp(options->host, "localhost") == 0 ? "127.0.0.1" : options->host;

    memset(out, 0, sizeof(*out));
    if (uv_ip4_addr(host, options->port, (struct sockaddr_in *)out) == 0 ||
        uv_ip6_addr(host, options->port, (struct sockaddr_in6 *)out) == 0)
        return AGENTOS_OK;
    return fail(err, AGENTOS_INVALID,
                "cannot listen on " QUOTED ": the host must be an IP address or localhost",
                QUOTE(str_of(options->host)));
}

/* Sets SO_REUSEPORT. Returns 0 or a libuv error. */
static int share_port(uv_tcp_t *handle)
{
    int on = 1, fd = -1;
    int code = uv_fileno((uv_handle_t *)handle, &fd);

    if (code != 0)
        return code;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0 ? 0 : -errno;
}

/* Binds and listens. Returns 0 or a libuv error. */
static int bind_and_listen(struct tcp_listener *listener, const struct sockaddr_storage *address,
                           bool reuse_port)
{
    int code = reuse_port ? share_port(&listener->handle) : 0;

    if (code == 0)
        code = uv_tcp_bind(&listener->handle, (const struct sockaddr *)address, 0);
    if (code == 0) /* an address in use is reported here, not by bind */
        code = uv_listen((uv_stream_t *)&listener->handle, BACKLOG, on_connection);
    return code;
}

/* Listens on a duplicate of `fd`, which the listener owns. Returns 0 or a libuv error. */
static int listen_on_duplicate(struct tcp_listener *listener, int fd)
{
    ensure(fd > 0);
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);

    if (own < 0)
        return -errno;
    int code = uv_tcp_open(&listener->handle, own);
    if (code != 0) {
        (void)close(own); /* the handle does not own it */
        return code;
    }
    return uv_listen((uv_stream_t *)&listener->handle, BACKLOG, on_connection);
}

/* Fails with the message for a libuv error. */
MUST_USE static agentos_status fail_to_listen(int code, const struct tcp_listen_options *options,
                                              agentos_error *err)
{
    bool is_ipv6 = strchr(options->host, ':') != NULL;
    const char *open = is_ipv6 ? "[" : "", *shut = is_ipv6 ? "]" : "";

    ensure(code < 0);
    if (code == UV_EADDRINUSE)
        return fail(err, AGENTOS_CONFLICT,
                    "cannot listen on %s%s%s:%u: another program listens there already", open,
                    options->host, shut, options->port);
    return fail(err, AGENTOS_INTERNAL, "cannot listen on %s%s%s:%u: %s", open, options->host, shut,
                options->port, uv_strerror(code));
}

/* Creates a listener that is not listening. Returns 0 or a libuv error. */
static int create_listener(struct loop *loop, const struct tcp_listen_options *options,
                           unsigned family, struct tcp_listener **out)
{
    struct tcp_listener *listener = mem_zeroed(sizeof(*listener));

    listener->loop = loop;
    listener->on_accept = options->on_accept;
    listener->user = options->user;
    listener->handle.data = listener;
    int code = uv_tcp_init_ex(&loop->uv, &listener->handle, family);
    if (code != 0) {
        free(listener); /* the handle was not opened */
        return code;
    }
    *out = listener;
    return 0;
}

/* Creates a listener, which the caller must close with tcp_listener_close. */
agentos_status tcp_listen(struct loop *loop, const struct tcp_listen_options *options,
                          struct tcp_listener **out, agentos_error *err)
{
    struct sockaddr_storage address;
    struct tcp_listener *listener = NULL;

    ensure(options->host != NULL);
    TRY(read_address(options, &address, err));
    unsigned family = options->fd > 0 ? AF_UNSPEC : address.ss_family;
    int code = create_listener(loop, options, family, &listener);
    if (code != 0)
        return fail_to_listen(code, options, err);
    if (options->fd > 0)
        code = listen_on_duplicate(listener, options->fd);
    else
        code = bind_and_listen(listener, &address, options->reuse_port);
    if (code != 0) {
        tcp_listener_close(listener);
        return fail_to_listen(code, options, err);
    }
    *out = listener;
    return AGENTOS_OK;
}

/* Returns the port, or 0 on failure. The kernel chooses it if port 0 was requested. */
uint16_t tcp_listener_port(const struct tcp_listener *listener)
{
    struct sockaddr_storage address = { 0 };
    int size = sizeof(address);

    if (uv_tcp_getsockname(&listener->handle, (struct sockaddr *)&address, &size) != 0)
        return 0;
    return address.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&address)->sin6_port)
                                         : ntohs(((struct sockaddr_in *)&address)->sin_port);
}

static void free_listener(uv_handle_t *handle)
{
    free(handle->data);
}

void tcp_listener_close(struct tcp_listener *listener)
{
    if (listener != NULL)
        uv_close((uv_handle_t *)&listener->handle, free_listener);
}

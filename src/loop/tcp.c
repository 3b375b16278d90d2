/* Accepted TCP connections, and the loopback check. */
#include <arpa/inet.h>
#include <limits.h>

#include "base/ensure.h"
#include "base/mem.h"
#include "loop/tcp_internal.h"

struct queued_write {
    uv_write_t request;
    char *memory; /* holds the bytes; NULL if they are copied to `bytes` */
    char bytes[];
};

static void free_tcp(uv_handle_t *handle)
{
    free(handle->data);
}

/* Reports the failure at the end of the turn, never inside tcp_write. */
static void report_failure(struct deferral *deferral)
{
    struct tcp *tcp = LIST_OWNER(deferral, struct tcp, failure);

    ensure(tcp->is_failed && tcp->handlers != NULL);
    tcp->handlers->on_error(tcp->user);
}

/* Marks the connection as failed. on_error follows once, at the end of the turn. */
static void mark_failed(struct tcp *tcp)
{
    if (tcp->is_failed)
        return;
    tcp->is_failed = true;
    loop_defer(tcp->loop, &tcp->failure);
}

static bool is_closing(const struct tcp *tcp)
{
    return uv_is_closing((const uv_handle_t *)&tcp->handle);
}

/* Stores the peer's address. IPv4-mapped addresses (RFC 4291 §2.5.5.2) lose their prefix. */
static void store_peer_address(struct tcp *tcp)
{
    struct sockaddr_storage address;
    int size = sizeof(address);
    static const char mapped[] = "::ffff:";

    if (uv_tcp_getpeername(&tcp->handle, (struct sockaddr *)&address, &size) != 0)
        return; /* the peer has left; the first read will fail */
    if (address.ss_family == AF_INET)
        (void)uv_ip4_name((struct sockaddr_in *)&address, tcp->peer, sizeof(tcp->peer));
    else
        (void)uv_ip6_name((struct sockaddr_in6 *)&address, tcp->peer, sizeof(tcp->peer));
    size_t prefix = sizeof(mapped) - 1;
    if (strncmp(tcp->peer, mapped, prefix) == 0 && strchr(tcp->peer, '.') != NULL)
        memmove(tcp->peer, tcp->peer + prefix, strlen(tcp->peer + prefix) + 1);
}

/* Accepts the next connection, or returns NULL if the client has left. */
struct tcp *tcp_accept(struct loop *loop, uv_stream_t *listener)
{
    struct tcp *tcp = mem_zeroed(sizeof(*tcp));
    tcp->loop = loop;
    tcp->handle.data = tcp;
    tcp->failure.run = report_failure;
    (void)uv_tcp_init(&loop->uv, &tcp->handle); /* makes no system call yet */
    if (uv_accept(listener, (uv_stream_t *)&tcp->handle) != 0) {
        tcp_close(tcp);
        return NULL;
    }
    (void)uv_tcp_nodelay(&tcp->handle, 1); /* on failure, answers are only slower */
    store_peer_address(tcp);
    return tcp;
}

/* Provides the read buffer, which all connections share. on_read must not keep its bytes. */
static void provide_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct tcp *tcp = handle->data;

    (void)suggested;
    *out = uv_buf_init(tcp->loop->read_buffer, sizeof(tcp->loop->read_buffer));
}

/* Reports bytes, the end of the input, or an error. The handler may free the connection. */
static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct tcp *tcp = stream->data;

    ensure(tcp->handlers != NULL);
    if (count > 0) {
        tcp->handlers->on_read(tcp->user, (str){ buffer->base, (size_t)count });
        return;
    }
    if (count == 0)
        return; /* EAGAIN */
    tcp->is_reading = false;
    (void)uv_read_stop(stream); /* always 0 */
    if (count != UV_EOF) {
        mark_failed(tcp);
        return;
    }
    tcp->is_at_eof = true;
    tcp->handlers->on_eof(tcp->user);
}

/* Sets the handlers and starts reading. */
void tcp_start(struct tcp *tcp, const struct tcp_handlers *handlers, void *user)
{
    ensure(tcp->handlers == NULL && handlers != NULL);
    tcp->handlers = handlers;
    tcp->user = user;
    tcp_resume(tcp);
}

/* Returns the peer's address, valid until tcp_close. */
const char *tcp_peer(const struct tcp *tcp)
{
    return tcp->peer;
}

/* Removes the brackets around an IPv6 address. */
str tcp_without_brackets(str host)
{
    bool has_brackets = str_starts(host, STR("[")) && str_ends(host, STR("]"));

    return has_brackets ? (str){ host.ptr + 1, host.len - 2 } : host;
}

/* Returns true if the text is a loopback address. */
static bool is_loopback_address(const char *text)
{
    enum { LOOPBACK_NET = 127 }; /* the first byte of 127.0.0.0/8 */
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, text, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == LOOPBACK_NET;
    if (inet_pton(AF_INET6, text, &v6) != 1)
        return false;
    if (IN6_IS_ADDR_V4MAPPED(&v6))
        return v6.s6_addr[12] == LOOPBACK_NET; /* the last four bytes are the IPv4 address */
    return IN6_IS_ADDR_LOOPBACK(&v6);
}

/* Returns true for "localhost" and loopback addresses. Does not resolve names. */
bool tcp_is_loopback(str host)
{
    char text[INET6_ADDRSTRLEN];

    if (str_equal_nocase(host, STR("localhost")))
        return true;
    if (host.len == 0 || host.len >= sizeof(text) || str_has(host, '\0'))
        return false;
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    return is_loopback_address(text);
}

static void free_write(struct queued_write *write)
{
    free(write->memory);
    free(write);
}

/* Frees the write, then reports a failure or an empty queue. Reports nothing after tcp_close. */
static void on_written(uv_write_t *request, int status)
{
    struct tcp *tcp = request->handle->data;

    free_write(LIST_OWNER(request, struct queued_write, request));
    if (is_closing(tcp))
        return;
    if (status < 0)
        mark_failed(tcp);
    else if (tcp_queued(tcp) == 0)
        tcp->handlers->on_drained(tcp->user);
}

/* Returns a write of the bytes, which are copied unless it takes over their memory. */
static struct queued_write *new_write(str bytes, char **memory)
{
    bool copies = memory == NULL;
    struct queued_write *write = malloc(sizeof(*write) + (copies ? bytes.len : 0));

    if (write == NULL)
        abort(); /* no memory */
    write->memory = copies ? NULL : *memory;
    if (copies)
        memcpy(write->bytes, bytes.ptr, bytes.len);
    else
        *memory = NULL;
    return write;
}

/* Lets libuv write the bytes. */
static void queue_write(struct tcp *tcp, str bytes, char **memory)
{
    ensure(bytes.len > 0 && bytes.len <= UINT_MAX); /* uv_buf_init takes an unsigned */
    struct queued_write *write = new_write(bytes, memory);
    char *begin = write->memory != NULL ? (char *)(uintptr_t)bytes.ptr : write->bytes;
    uv_buf_t buffer = uv_buf_init(begin, (unsigned)bytes.len);

    if (uv_write(&write->request, (uv_stream_t *)&tcp->handle, &buffer, 1, on_written) != 0) {
        free_write(write);
        mark_failed(tcp);
    }
}

/* Writes what the kernel takes and returns its length. libuv does not modify the buffer. */
static size_t write_now(struct tcp *tcp, str bytes)
{
    uv_buf_t buffer = { .base = (char *)(uintptr_t)bytes.ptr, .len = bytes.len };
    int taken = uv_try_write((uv_stream_t *)&tcp->handle, &buffer, 1);

    if (taken >= 0)
        return (size_t)taken;
    if (taken != UV_EAGAIN)
        mark_failed(tcp);
    return 0;
}

/* Writes the bytes. Copies the rest that the kernel does not take at once, or takes over its
 * memory. */
void tcp_write_from(struct tcp *tcp, str bytes, char **memory)
{
    ensure(bytes.ptr != NULL || bytes.len == 0);
    ensure(!is_closing(tcp));
    if (bytes.len == 0 || tcp->is_failed || tcp->is_half_closed)
        return;
    if (tcp_queued(tcp) == 0) /* otherwise they would overtake queued bytes */
        bytes = str_from(bytes, write_now(tcp, bytes));
    if (bytes.len > 0 && !tcp->is_failed)
        queue_write(tcp, bytes, memory);
}

void tcp_write(struct tcp *tcp, str bytes)
{
    tcp_write_from(tcp, bytes, NULL);
}

size_t tcp_queued(const struct tcp *tcp)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&tcp->handle);
}

void tcp_pause(struct tcp *tcp)
{
    tcp->is_reading = false;
    (void)uv_read_stop((uv_stream_t *)&tcp->handle); /* always 0 */
}

/* Resumes reading, unless the input has ended or the connection has failed. */
void tcp_resume(struct tcp *tcp)
{
    ensure(tcp->handlers != NULL && !is_closing(tcp));
    if (tcp->is_reading || tcp->is_at_eof || tcp->is_failed)
        return;
    tcp->is_reading = true;
    if (uv_read_start((uv_stream_t *)&tcp->handle, provide_buffer, on_read) != 0)
        mark_failed(tcp);
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    (void)request;
    (void)status; /* on failure the peer has left, and reading fails too */
}

/* Sends FIN after the queued bytes. Reading goes on. */
void tcp_half_close(struct tcp *tcp)
{
    ensure(!is_closing(tcp));
    if (tcp->is_half_closed || tcp->is_failed)
        return;
    tcp->is_half_closed = true;
    if (uv_shutdown(&tcp->shutdown, (uv_stream_t *)&tcp->handle, on_shutdown) != 0)
        mark_failed(tcp);
}

/* Closes the connection and drops queued bytes. No handler is called afterwards. */
void tcp_close(struct tcp *tcp)
{
    ensure(!is_closing(tcp));
    loop_undefer(tcp->loop, &tcp->failure);
    uv_close((uv_handle_t *)&tcp->handle, free_tcp);
}

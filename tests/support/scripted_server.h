/* A server that says, byte for byte, what a test wants a peer to say: each request gets the next
 * script. A thread for each connection; nothing of our own HTTP code. */
#ifndef SUPPORT_SCRIPTED_SERVER_H
#define SUPPORT_SCRIPTED_SERVER_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"

enum then {
    THEN_CLOSE,
    THEN_KEEP,  /* wait for the next request on this connection */
    THEN_HANG,  /* say nothing more, but stay */
    THEN_FLOOD, /* 'x' without end */
    THEN_RESET,
    THEN_DRIP, /* the last `piece` bytes again, a thousand times a second without end */
};

struct script {
    str say;
    enum then then;
    size_t piece; /* bytes a write; 0: all at once */
};

enum { SCRIPTED_CONNECTIONS_MAX = 32 };

struct scripted_server {
    const struct script *scripts;
    size_t count, next;
    char *requests[SCRIPTED_CONNECTIONS_MAX]; /* as they came, one a script */
    int listener;
    uint16_t port;
    pthread_t acceptor, threads[SCRIPTED_CONNECTIONS_MAX];
    int sockets[SCRIPTED_CONNECTIONS_MAX];
    size_t connections;
    pthread_mutex_t lock;
};

struct scripted_connection {
    struct scripted_server *server;
    int fd;
};

static inline void scripted_require(bool holds)
{
    if (!holds)
        abort();
}

static inline size_t scripted_body_length(str head)
{
    int64_t length = 0;

    while (head.len > 0) {
        str value = str_split(&head, '\n');
        str name = str_split(&value, ':');

        if (str_equal_nocase(name, STR("content-length"))) {
            value = str_trim(value);
            value.len -= str_ends(value, STR("\r")) ? 1 : 0;
            scripted_require(str_to_int(value, &length));
        }
    }
    return (size_t)length;
}

/* One whole request; false: the peer has gone. */
static inline bool scripted_read_request(int fd, buf *request)
{
    for (;;) {
        char bytes[4096];
        const char *end = request->len > 0 ? strstr(request->ptr, "\r\n\r\n") : NULL;

        if (end != NULL) {
            str head = { request->ptr, (size_t)(end - request->ptr) };
            if (request->len >= head.len + 4 + scripted_body_length(head))
                return true;
        }
        ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
        if (got <= 0)
            return false;
        buf_append(request, (str){ bytes, (size_t)got });
    }
}

static inline bool scripted_send(int fd, str bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        bytes = str_from(bytes, (size_t)sent);
    }
    return true;
}

static inline void scripted_drip(int fd, str drop)
{
    while (scripted_send(fd, drop))
        (void)poll(NULL, 0, 1);
}

/* false: this connection is done. */
static inline bool scripted_say(int fd, const struct script *script)
{
    char flood[4 * KiB];
    static const struct linger reset = { .l_onoff = 1 };
    size_t piece = script->piece > 0 ? script->piece : script->say.len;
    char byte;

    memset(flood, 'x', sizeof(flood));
    for (str rest = script->say; rest.len > 0; rest = str_from(rest, piece))
        if (!scripted_send(fd, (str){ rest.ptr, rest.len < piece ? rest.len : piece }))
            return false;
    if (script->then == THEN_HANG)
        (void)recv(fd, &byte, 1, 0);
    if (script->then == THEN_RESET)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    if (script->then == THEN_DRIP)
        scripted_drip(fd, str_from(script->say, script->say.len - piece));
    while (script->then == THEN_FLOOD && scripted_send(fd, (str){ flood, sizeof(flood) }))
        ;
    return script->then == THEN_KEEP;
}

static inline const struct script *scripted_next(struct scripted_server *server, const buf *request)
{
    const struct script *script = NULL;

    (void)pthread_mutex_lock(&server->lock);
    if (server->next < server->count) {
        script = &server->scripts[server->next];
        server->requests[server->next++] = strdup(request->ptr);
    }
    (void)pthread_mutex_unlock(&server->lock);
    return script;
}

static inline void *scripted_converse(void *argument)
{
    struct scripted_connection *connection = argument;
    buf request = buf_with_limit(4 * MiB);
    const struct script *script;
    int fd = connection->fd;

    while (scripted_read_request(fd, &request) &&
           (script = scripted_next(connection->server, &request)) != NULL &&
           scripted_say(fd, script))
        buf_empty(&request);
    buf_clear(&request);
    (void)pthread_mutex_lock(&connection->server->lock);
    for (size_t i = 0; i < connection->server->connections; i++)
        if (connection->server->sockets[i] == fd)
            connection->server->sockets[i] = -1;
    (void)close(fd);
    (void)pthread_mutex_unlock(&connection->server->lock);
    free(connection);
    return NULL;
}

static inline void *scripted_accept(void *argument)
{
    struct scripted_server *server = argument;
    int fd, yes = 1;

    while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
        struct scripted_connection *connection = malloc(sizeof(*connection));

        scripted_require(connection != NULL && server->connections < SCRIPTED_CONNECTIONS_MAX);
        *connection = (struct scripted_connection){ server, fd };
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
        (void)pthread_mutex_lock(&server->lock);
        size_t i = server->connections++;
        server->sockets[i] = fd;
        (void)pthread_mutex_unlock(&server->lock);
        scripted_require(pthread_create(&server->threads[i], NULL, scripted_converse, connection) ==
                         0);
    }
    return NULL;
}

static inline void scripted_start(struct scripted_server *server, const struct script *scripts,
                                  size_t count)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);

    *server = (struct scripted_server){ .scripts = scripts, .count = count };
    scripted_require(pthread_mutex_init(&server->lock, NULL) == 0);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    scripted_require(server->listener >= 0);
    scripted_require(bind(server->listener, (const struct sockaddr *)&address, len) == 0);
    scripted_require(listen(server->listener, SCRIPTED_CONNECTIONS_MAX) == 0);
    scripted_require(getsockname(server->listener, (struct sockaddr *)&address, &len) == 0);
    server->port = ntohs(address.sin_port);
    scripted_require(pthread_create(&server->acceptor, NULL, scripted_accept, server) == 0);
}

/* Cuts whatever is still open; `requests` stay readable until scripted_clear. */
static inline void scripted_stop(struct scripted_server *server)
{
    (void)shutdown(server->listener, SHUT_RDWR);
    scripted_require(pthread_join(server->acceptor, NULL) == 0);
    (void)close(server->listener);
    (void)pthread_mutex_lock(&server->lock);
    for (size_t i = 0; i < server->connections; i++)
        if (server->sockets[i] >= 0)
            (void)shutdown(server->sockets[i], SHUT_RDWR);
    (void)pthread_mutex_unlock(&server->lock);
    for (size_t i = 0; i < server->connections; i++)
        scripted_require(pthread_join(server->threads[i], NULL) == 0);
}

static inline void scripted_clear(struct scripted_server *server)
{
    for (size_t i = 0; i < SCRIPTED_CONNECTIONS_MAX; i++)
        free(server->requests[i]);
    (void)pthread_mutex_destroy(&server->lock);
}

#endif

/* A server on a thread of its own, and raw sockets to talk to it: tests say exactly which bytes go
 * out and look at every byte that comes back. */
#ifndef SUPPORT_PROBE_H
#define SUPPORT_PROBE_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "http/server.h"
#include "loop/timer.h"

/* Last: it has a macro named fail. */
#include <cmocka.h>

enum { PROBE_PATIENCE_MS = 10000 };

struct probe {
    struct loop *loop;
    struct server *server;
    uint16_t port;
    pthread_t thread;
    struct letter end;
    atomic_int requests, gone, drained, refused_status;
};

static inline void probe_note_refusal(const char *peer, int status, const char *detail, void *user)
{
    struct probe *probe = user;

    assert_string_equal(peer, "127.0.0.1");
    assert_non_null(detail);
    atomic_store(&probe->refused_status, status);
}

static inline void *probe_run(void *loop)
{
    loop_run(loop);
    return NULL;
}

/* options: host, user and on_refused are filled in. */
static inline void probe_start(struct probe *probe, struct server_options options)
{
    agentos_error err = { 0 };

    memset(probe, 0, sizeof(*probe));
    options.host = "127.0.0.1";
    options.user = probe;
    options.on_refused = probe_note_refusal;
    assert_int_equal(loop_new(&probe->loop, &err), AGENTOS_OK);
    assert_int_equal(server_open(probe->loop, &options, &probe->server, &err), AGENTOS_OK);
    probe->port = server_port(probe->server);
    assert_int_equal(pthread_create(&probe->thread, NULL, probe_run, probe->loop), 0);
}

static inline void probe_end_here(struct letter *letter)
{
    struct probe *probe = LIST_OWNER(letter, struct probe, end);

    server_free(probe->server);
    loop_stop(probe->loop);
}

static inline void probe_stop(struct probe *probe)
{
    probe->end.deliver = probe_end_here;
    loop_post(probe->loop, &probe->end);
    assert_int_equal(pthread_join(probe->thread, NULL), 0);
    loop_free(probe->loop);
}

static inline int probe_connect(const struct probe *probe)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(probe->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* The server may close while we still send: that is no failure of the test. */
static inline void probe_send(int fd, str bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

        if (sent <= 0)
            return;
        bytes = str_from(bytes, (size_t)sent);
    }
}

static inline bool probe_is_readable(int fd, int patience_ms)
{
    struct pollfd watched = { .fd = fd, .events = POLLIN };

    return poll(&watched, 1, patience_ms) == 1;
}

/* One read appended to `into`; false: the end, or a reset. Fails the test where nothing comes at
 * all. */
static inline bool probe_read(int fd, buf *into)
{
    char bytes[16 * 1024];

    assert_true(probe_is_readable(fd, PROBE_PATIENCE_MS));
    ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
    if (got <= 0)
        return false;
    buf_append(into, (str){ bytes, (size_t)got });
    return true;
}

static inline void probe_read_all(int fd, buf *into)
{
    while (probe_read(fd, into))
        continue;
    (void)close(fd);
}

/* Until `text` has come. */
static inline void probe_read_until(int fd, buf *into, str text)
{
    while (!str_contains(buf_view(into), text))
        assert_true(probe_read(fd, into));
}

static inline size_t probe_count(str bytes, str text)
{
    size_t count = 0;

    for (size_t at = 0; at + text.len <= bytes.len; at++)
        count += str_equal((str){ bytes.ptr + at, text.len }, text);
    return count;
}

/* How many final answers there are: each has one date. */
static inline size_t probe_answers(const buf *got)
{
    return probe_count(buf_view(got), STR("\r\ndate: "));
}

/* The first final status; 0: there was no answer. */
static inline int probe_status(const buf *got)
{
    str text = buf_view(got), skipped = STR("HTTP/1.1 100 Continue\r\n\r\n");
    int64_t status = 0;

    if (str_starts(text, skipped))
        text = str_from(text, skipped.len);
    if (text.len >= 12 && str_starts(text, STR("HTTP/1.1 ")))
        (void)str_to_int((str){ text.ptr + 9, 3 }, &status);
    return (int)status;
}

/* Send everything, optionally close our half, and read until the server closes its own. */
static inline buf probe_ask(const struct probe *probe, str request, bool half_close)
{
    buf got = buf_with_limit(64 * MiB);
    int fd = probe_connect(probe);

    probe_send(fd, request);
    if (half_close)
        (void)shutdown(fd, SHUT_WR);
    probe_read_all(fd, &got);
    return got;
}

/* Wait for a counter that the server's thread moves. */
static inline void probe_wait_for(atomic_int *counter, int wanted)
{
    for (int waited_ms = 0; atomic_load(counter) < wanted && waited_ms < PROBE_PATIENCE_MS;
         waited_ms++)
        (void)poll(NULL, 0, 1);
    assert_true(atomic_load(counter) >= wanted);
}

/* ---- handlers ---- */

/* Answers what it understood: "METHOD path|query|body". */
static inline void probe_echo_now(struct exchange *exchange, void *user)
{
    const struct request *request = exchange_request(exchange);
    struct probe *probe = user;
    char *text = arena_printf(
        exchange_arena(exchange), "<%s %.*s|%.*s|%.*s>%s", method_name(request->method),
        (int)request->path.len, request->path.ptr, (int)request->query.len, request->query.ptr,
        (int)request->body.len, request->body.ptr, request->is_plain_path ? "" : " odd path");
    struct reply reply = { .status = 200, .content_type = "text/plain", .body = str_of(text) };

    atomic_fetch_add(&probe->requests, 1);
    exchange_reply(exchange, &reply);
}

static inline void probe_echo(struct exchange *exchange, void *user)
{
    exchange_read_body(exchange, 64 * KiB, probe_echo_now, user);
}

/* ---- the server that the tests of a file share ---- */

static struct probe probe;
static struct server_options probe_options;

static inline int start_probe(void **state)
{
    (void)state;
    probe_start(&probe, probe_options);
    return 0;
}

static inline int stop_probe(void **state)
{
    (void)state;
    probe_stop(&probe);
    return 0;
}

/* One for all of them: run_with_probe(tests, .on_request = answer). */
#define run_with_probe(tests, ...)                           \
    (probe_options = (struct server_options){ __VA_ARGS__ }, \
     cmocka_run_group_tests(tests, start_probe, stop_probe))

/* Or one a test, where it does not survive it; main sets probe_options. */
#define with_probe(test) cmocka_unit_test_setup_teardown(test, start_probe, stop_probe)

#endif

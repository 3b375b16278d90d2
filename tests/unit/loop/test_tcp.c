/* Listening, reading, writing; and readiness of a descriptor that is not ours. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "loop/poll.h"
#include "loop/tcp.h"

#include <cmocka.h>

enum { LARGE_BYTES = 4 * 1024 * 1024 };

static struct loop *loop;
static struct tcp *accepted;
static buf received = { .limit = 1024 };
static int drained, ended, failed;

static void on_read(void *user, str bytes)
{
    (void)user;
    buf_append(&received, bytes);
    loop_stop(loop);
}

static void on_eof(void *user)
{
    (void)user;
    ended++;
    loop_stop(loop);
}

static void on_error(void *user)
{
    (void)user;
    failed++;
    loop_stop(loop);
}

static void on_drained(void *user)
{
    (void)user;
    drained++;
    loop_stop(loop);
}

static const struct tcp_handlers handlers = { on_read, on_eof, on_error, on_drained };

static void on_accept(struct tcp *tcp, void *user)
{
    assert_ptr_equal(user, &accepted);
    accepted = tcp;
    tcp_start(tcp, &handlers, NULL);
    loop_stop(loop);
}

static struct tcp_listener *listen_on(const char *host, uint16_t port, bool reuse_port)
{
    struct tcp_listen_options options = { host, port, reuse_port, on_accept, &accepted };
    struct tcp_listener *listener = NULL;
    agentos_error err = { 0 };

    assert_int_equal(tcp_listen(loop, &options, &listener, &err), AGENTOS_OK);
    return listener;
}

static int connect_to(const struct tcp_listener *listener)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(tcp_listener_port(listener)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    loop_run(loop);
    return fd;
}

static void what_is_sent_is_read_and_the_end_is_told(void **state)
{
    struct tcp_listener *listener = listen_on("localhost", 0, false);
    int fd = connect_to(listener);
    char answer[8] = { 0 };

    (void)state;
    assert_string_equal(tcp_peer(accepted), "127.0.0.1");
    assert_int_equal(send(fd, "abc", 3, 0), 3);
    loop_run(loop);
    assert_string_equal(received.ptr, "abc");
    tcp_write(accepted, STR("defg"));
    assert_int_equal(tcp_queued(accepted), 0);
    assert_int_equal(recv(fd, answer, sizeof(answer), 0), 4);
    assert_string_equal(answer, "defg");
    (void)close(fd);
    loop_run(loop);
    assert_int_equal(ended, 1);
    tcp_close(accepted);
    tcp_listener_close(listener);
}

static void a_paused_connection_reads_nothing(void **state)
{
    struct tcp_listener *listener = listen_on("127.0.0.1", 0, false);
    int fd = connect_to(listener), other;
    struct tcp *paused = accepted;

    (void)state;
    tcp_pause(paused);
    assert_int_equal(send(fd, "abc", 3, 0), 3);
    other = connect_to(listener); /* gives the loop a turn */
    tcp_close(accepted);
    (void)close(other);
    assert_int_equal(received.len, 0);
    tcp_resume(paused);
    tcp_resume(paused);
    loop_run(loop);
    assert_int_equal(received.len, 3);
    tcp_close(paused);
    (void)close(fd);
    tcp_listener_close(listener);
}

static void what_the_kernel_does_not_take_is_kept_and_drained(void **state)
{
    struct tcp_listener *listener = listen_on("127.0.0.1", 0, false);
    int fd = connect_to(listener);
    static char large[LARGE_BYTES], sink[64 * 1024];
    size_t got = 0;
    ssize_t n;

    (void)state;
    for (int i = 0; i < 4; i++)
        tcp_write(accepted, (str){ large, sizeof(large) });
    assert_true(tcp_queued(accepted) > 0);
    tcp_half_close(accepted);
    while (got < 4 * sizeof(large)) {
        n = recv(fd, sink, sizeof(sink), MSG_DONTWAIT);
        if (n > 0)
            got += (size_t)n;
        else if (drained == 0) {
            loop_stop(loop);
            loop_run(loop);
        }
    }
    assert_int_equal(recv(fd, sink, sizeof(sink), 0), 0);
    if (drained == 0)
        loop_run(loop);
    assert_int_equal(drained, 1);
    assert_int_equal(tcp_queued(accepted), 0);
    tcp_close(accepted);
    (void)close(fd);
    tcp_listener_close(listener);
}

/* Returns memory from malloc that is full of `fill`. */
static char *filled(size_t len, char fill)
{
    char *memory = malloc(len);

    assert_non_null(memory);
    memset(memory, fill, len);
    return memory;
}

/* Receives `len` bytes, all of them `fill`, while the loop runs. */
static void expect_bytes(int fd, size_t len, char fill)
{
    static char sink[64 * 1024];

    while (len > 0) {
        ssize_t n = recv(fd, sink, len < sizeof(sink) ? len : sizeof(sink), MSG_DONTWAIT);

        for (ssize_t i = 0; i < n; i++)
            assert_int_equal(sink[i], fill);
        if (n > 0)
            len -= (size_t)n;
        loop_stop(loop);
        loop_run(loop);
    }
}

static void memory_is_taken_over_only_if_bytes_are_left(void **state)
{
    static const struct {
        size_t first, len; /* first: written before, as a copy */
        bool takes, is_closed;
    } cases[] = {
        { 0, 1000, false, false },
        { 0, 4 * LARGE_BYTES, true, false },
        { 4 * LARGE_BYTES, 1000, true, false }, /* nothing may overtake what waits */
        { 0, 4 * LARGE_BYTES, true, true },
        { 0, 0, false, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct tcp_listener *listener = listen_on("127.0.0.1", 0, false);
        int fd = connect_to(listener);
        char *first = filled(cases[i].first + 1, 'a'), *memory = filled(cases[i].len + 1, 'b');

        tcp_write_from(accepted, (str){ first, cases[i].first }, NULL);
        free(first); /* it was copied */
        tcp_write_from(accepted, (str){ memory, cases[i].len }, &memory);
        assert_int_equal(memory == NULL, cases[i].takes);
        if (!cases[i].is_closed) {
            expect_bytes(fd, cases[i].first, 'a');
            expect_bytes(fd, cases[i].len, 'b');
            assert_int_equal(tcp_queued(accepted), 0);
        }
        free(memory);
        tcp_close(accepted);
        (void)close(fd);
        tcp_listener_close(listener);
    }
}

static void a_reset_is_an_error_told_once_and_not_inside_a_call(void **state)
{
    struct tcp_listener *listener = listen_on("127.0.0.1", 0, false);
    int fd = connect_to(listener);
    struct linger at_once = { .l_onoff = 1 };

    (void)state;
    tcp_pause(accepted);
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    (void)close(fd);
    tcp_write(accepted, STR("abc"));
    tcp_write(accepted, STR("abc"));
    assert_int_equal(failed, 0);
    loop_run(loop);
    assert_int_equal(failed, 1);
    tcp_close(accepted);
    tcp_listener_close(listener);
}

// clang-format off
static const struct {
    const char *host;
    agentos_status status;
    const char *says;
} addresses[] = {
    { "127.0.0.1",   AGENTOS_CONFLICT, "127.0.0.1:" },
    { "localhost",   AGENTOS_CONFLICT, "localhost:" },
    { "nowhere",     AGENTOS_INVALID,  "'nowhere'" },
    { "",            AGENTOS_INVALID,  "''" },
    { "192.0.2.1",   AGENTOS_INTERNAL, "192.0.2.1:" }, /* RFC 5737: nobody's */
    { "2001:db8::1", AGENTOS_INTERNAL, "[2001:db8::1]:" },
};
// clang-format on

static void an_address_that_cannot_be_had_is_named(void **state)
{
    struct tcp_listener *first = listen_on("127.0.0.1", 0, false), *second = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT(addresses); i++) {
        agentos_error err = { 0 };
        struct tcp_listen_options options = { addresses[i].host, tcp_listener_port(first), false,
                                              on_accept, NULL };

        assert_int_equal(tcp_listen(loop, &options, &second, &err), addresses[i].status);
        assert_non_null(strstr(err.message, addresses[i].says));
    }
    tcp_listener_close(first);
}

static void loops_share_a_port_when_both_say_so(void **state)
{
    struct tcp_listener *first = listen_on("127.0.0.1", 0, true);
    struct tcp_listener *second = listen_on("127.0.0.1", tcp_listener_port(first), true);

    (void)state;
    assert_int_equal(tcp_listener_port(first), tcp_listener_port(second));
    tcp_listener_close(first);
    tcp_listener_close(second);
}

static int ready_bits;

static void on_ready(void *user, int bits)
{
    ready_bits = bits;
    poll_free(*(struct poll **)user);
    loop_stop(loop);
}

static void a_descriptor_is_ready_when_it_is_wanted(void **state)
{
    int fds[2];
    struct poll *watched;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    watched = poll_new(loop, fds[0], on_ready, &watched);
    poll_want(watched, POLL_READ | POLL_WRITE);
    poll_want(watched, 0);
    poll_want(watched, POLL_READ);
    assert_int_equal(send(fds[1], "a", 1, 0), 1);
    loop_run(loop);
    assert_int_equal(ready_bits, POLL_READ);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static int open_loop(void **state)
{
    agentos_error err = { 0 };

    (void)state;
    drained = ended = failed = 0;
    return loop_new(&loop, &err) == AGENTOS_OK ? 0 : -1;
}

static int close_loop(void **state)
{
    (void)state;
    buf_clear(&received);
    loop_free(loop);
    return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, open_loop, close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_is_sent_is_read_and_the_end_is_told),
        CASE(a_paused_connection_reads_nothing),
        CASE(what_the_kernel_does_not_take_is_kept_and_drained),
        CASE(memory_is_taken_over_only_if_bytes_are_left),
        CASE(a_reset_is_an_error_told_once_and_not_inside_a_call),
        CASE(an_address_that_cannot_be_had_is_named),
        CASE(loops_share_a_port_when_both_say_so),
        CASE(a_descriptor_is_ready_when_it_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

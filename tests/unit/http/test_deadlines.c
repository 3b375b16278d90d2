/* Deadlines are absolute: bytes that drip in do not move them. The server here is impatient. */
#include "base/clock.h"
#include "base/mem.h"
#include "probe.h"

enum { SHORT_MS = 100 };

static void never(struct exchange *exchange, void *user)
{
    (void)exchange;
    (void)user;
}

static void gone(struct exchange *exchange, void *user)
{
    (void)exchange;
    atomic_fetch_add(&((struct probe *)user)->gone, 1);
}

static void hose(struct exchange *exchange, void *user)
{
    static const char bytes[4096];

    (void)user;
    while (exchange_queued(exchange) < OUTPUT_HIGH_BYTES)
        exchange_send(exchange, (str){ bytes, sizeof(bytes) });
}

static void answer(struct exchange *exchange, void *user)
{
    struct reply ok = { .status = 200 };

    exchange_watch(exchange, gone, hose, user);
    if (str_equal(exchange_request(exchange)->path, STR("/never")))
        never(exchange, user);
    else if (str_equal(exchange_request(exchange)->path, STR("/hose"))) {
        exchange_begin(exchange, &ok);
        hose(exchange, user);
    } else
        probe_echo(exchange, user);
}

// clang-format off
static const struct {
    const char *name;
    str begin;
    int status; /* 0: closed silently */
} late[] = {
    { "nothing at all",  STR_INIT(""), 0 },
    { "a request line",  STR_INIT("GET / HTTP/1.1\r\n"), 408 },
    { "half a header",   STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nA: "), 408 },
    { "no body",         STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"), 413 },
    { "half a body",     STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\nabc"), 408 },
    { "half a chunk",    STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\nabc"), 408 },
    { "half a trailer",  STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: "), 408 },
};
// clang-format on

static void a_request_that_stops_coming_is_ended(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(late); i++) {
        AUTO_BUF got = probe_ask(&probe, late[i].begin, false);

        assert_int_equal(probe_status(&got), late[i].status);
        assert_int_equal(probe_answers(&got), late[i].status != 0);
    }
}

static void a_drip_of_bytes_does_not_move_the_deadline(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(late); i++) {
        AUTO_BUF got = buf_with_limit(1 * KiB);
        uint64_t begin_ns = clock_monotonic_ns();
        int fd = probe_connect(&probe);

        if (late[i].status != 408)
            continue;
        probe_send(fd, late[i].begin);
        while (!probe_is_readable(fd, SHORT_MS / 10))
            probe_send(fd, STR("a"));
        uint64_t took_ms = (clock_monotonic_ns() - begin_ns) / 1000000;
        assert_true(took_ms >= SHORT_MS && took_ms < 50 * SHORT_MS);
        probe_read_all(fd, &got);
        assert_int_equal(probe_status(&got), 408);
    }
}

static void between_requests_the_connection_is_closed_silently(void **state)
{
    AUTO_BUF got = probe_ask(&probe, STR("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), false);

    (void)state;
    assert_int_equal(probe_answers(&got), 1);
    assert_true(str_ends(buf_view(&got), STR("<GET /||>")));
}

static void a_handler_may_take_longer_than_any_deadline_of_the_client(void **state)
{
    int fd = probe_connect(&probe);

    (void)state;
    probe_send(fd, STR("GET /never HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_false(probe_is_readable(fd, 3 * SHORT_MS));
    (void)close(fd);
}

static void a_reader_that_takes_nothing_is_dropped(void **state)
{
    int fd = probe_connect(&probe), smallest = 1;

    (void)state;
    atomic_store(&probe.gone, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof(smallest));
    probe_send(fd, STR("GET /hose HTTP/1.1\r\nHost: x\r\n\r\n"));
    probe_wait_for(&probe.gone, 1);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_that_stops_coming_is_ended),
        cmocka_unit_test(a_drip_of_bytes_does_not_move_the_deadline),
        cmocka_unit_test(between_requests_the_connection_is_closed_silently),
        cmocka_unit_test(a_handler_may_take_longer_than_any_deadline_of_the_client),
        cmocka_unit_test(a_reader_that_takes_nothing_is_dropped),
    };
    return run_with_probe(tests, .on_request = answer, .headers_ms = SHORT_MS, .body_ms = SHORT_MS,
                          .idle_ms = SHORT_MS, .stalled_ms = SHORT_MS);
}

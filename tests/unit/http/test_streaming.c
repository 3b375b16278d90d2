/* Answers without a known length: framing, one write a turn, back-pressure, clients that leave. */
#include "http/connection.h"
#include "probe.h"

enum { HOSE_BYTES = 8 * MiB, PIECE_BYTES = 4 * KiB };

static size_t hosed;                   /* by the one hose that is open; the loop's thread only */
static atomic_bool has_late_callbacks; /* of writes that uv_write finished at once */
static _Atomic size_t most_queued;

static void gone(struct exchange *exchange, void *user)
{
    (void)exchange;
    (void)user;
    atomic_fetch_add(&probe.gone, 1);
}

static void hose(struct exchange *exchange, void *user)
{
    static char bytes[PIECE_BYTES];

    (void)user;
    memset(bytes, 'z', sizeof(bytes));
    while (exchange_queued(exchange) < OUTPUT_HIGH_BYTES && hosed < HOSE_BYTES) {
        exchange_send(exchange, (str){ bytes, sizeof(bytes) });
        hosed += sizeof(bytes);
        if (exchange_queued(exchange) > most_queued)
            most_queued = exchange_queued(exchange);
    }
    if (hosed >= HOSE_BYTES)
        exchange_end(exchange);
    else if (has_late_callbacks) {
        has_late_callbacks = false; /* the callback below must not come back here */
        connection_drained(exchange->connection);
        has_late_callbacks = true;
    }
}

/* Two turns: "one, two" and then "three". */
struct stream {
    struct timer timer;
    struct exchange *exchange;
};

static void finish(struct timer *timer)
{
    struct stream *stream = LIST_OWNER(timer, struct stream, timer);

    exchange_send(stream->exchange, STR("three"));
    exchange_end(stream->exchange);
}

static void begin(struct exchange *exchange)
{
    struct stream *stream = arena_alloc(exchange_arena(exchange), sizeof(*stream));
    struct header extra = { STR("x-extra"), STR("yes") };
    struct reply reply = { .status = 200,
                           .content_type = "text/event-stream",
                           .headers = &extra,
                           .header_count = 1,
                           .body = STR("one, ") };

    stream->exchange = exchange;
    stream->timer.fire = finish;
    exchange_begin(exchange, &reply);
    exchange_send(exchange, STR("two"));
    timer_start(exchange_loop(exchange), &stream->timer, 20);
}

static void answer(struct exchange *exchange, void *user)
{
    struct reply ok = { .status = 200, .content_type = "text/plain" };
    str path = exchange_request(exchange)->path;

    exchange_watch(exchange, gone, hose, user);
    if (str_equal(path, STR("/stream")))
        begin(exchange);
    else if (str_equal(path, STR("/hose"))) {
        hosed = 0;
        exchange_begin(exchange, &ok);
        hose(exchange, user);
    } else if (str_equal(path, STR("/open")))
        exchange_begin(exchange, &ok);
    else if (str_equal(path, STR("/forged"))) {
        struct header forged[] = { { STR("x-a"), STR("b\r\nx-c: d") }, { STR("x-e"), STR("f") } };
        struct reply reply = { .status = 200, .headers = forged, .header_count = 2 };
        exchange_reply(exchange, &reply);
    } else if (str_equal(path, STR("/large"))) {
        size_t len = 300 * KiB;
        ok.body = (str){ memset(arena_alloc(exchange_arena(exchange), len), 'y', len), len };
        exchange_reply(exchange, &ok);
    } else
        probe_echo(exchange, user);
}

static void a_turn_is_a_chunk_and_what_follows_is_answered_after_the_last(void **state)
{
    AUTO_BUF got = probe_ask(&probe,
                             STR("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"
                                 "GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
                             false);
    str text = buf_view(&got);

    (void)state;
    assert_true(str_contains(text, STR("content-type: text/event-stream\r\nx-extra: yes\r\n"
                                       "transfer-encoding: chunked\r\n\r\n"
                                       "00000008\r\none, two\r\n00000005\r\nthree\r\n0\r\n\r\n"
                                       "HTTP/1.1 200 OK\r\n")));
    assert_true(str_ends(text, STR("<GET /next||>")));
    assert_false(str_contains(text, STR("content-length: 0")));
}

static void an_old_client_reads_until_the_connection_closes(void **state)
{
    AUTO_BUF got = probe_ask(&probe, STR("GET /stream HTTP/1.0\r\n\r\n"), false);

    (void)state;
    assert_true(str_contains(buf_view(&got), STR("connection: close\r\n\r\none, twothree")));
    assert_false(str_contains(buf_view(&got), STR("chunked")));
}

static void head_gets_the_head_of_a_stream(void **state)
{
    AUTO_BUF got = probe_ask(
        &probe, STR("HEAD /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), false);

    (void)state;
    assert_int_equal(probe_status(&got), 200);
    assert_true(str_ends(buf_view(&got), STR("\r\n\r\n")));
    assert_false(str_contains(buf_view(&got), STR("one")));
}

static void a_slow_reader_slows_its_producer(void **state)
{
    AUTO_BUF got = buf_with_limit(64 * MiB);
    int fd = probe_connect(&probe), small = 64 * KiB;

    (void)state;
    most_queued = 0;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    probe_send(fd, STR("GET /hose HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    probe_read_all(fd, &got);
    assert_true(str_ends(buf_view(&got), STR("\r\n0\r\n\r\n")));
    assert_int_equal(probe_count(buf_view(&got), STR("zzzz")) > 0, true);
    assert_true(got.len > HOSE_BYTES);
    assert_true(most_queued <= OUTPUT_HIGH_BYTES + 2 * PIECE_BYTES);
}

/* libuv reports a write that it finished at once a turn later, when there may be new output. */
static void a_late_write_callback_does_not_stop_a_stream(void **state)
{
    (void)state;
    has_late_callbacks = true;
    AUTO_BUF got =
        probe_ask(&probe, STR("GET /hose HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), false);
    has_late_callbacks = false;
    assert_true(str_ends(buf_view(&got), STR("\r\n0\r\n\r\n")));
    assert_true(got.len > HOSE_BYTES);
}

static void a_client_that_leaves_a_stream_is_noticed(void **state)
{
    AUTO_BUF got = buf_with_limit(1 * KiB);
    int fd = probe_connect(&probe);

    (void)state;
    atomic_store(&probe.gone, 0);
    probe_send(fd, STR("GET /open HTTP/1.1\r\nHost: x\r\n\r\n"));
    probe_read_until(fd, &got, STR("\r\n\r\n"));
    (void)close(fd);
    probe_wait_for(&probe.gone, 1);
}

static void a_large_answer_arrives_whole(void **state)
{
    AUTO_BUF got = probe_ask(&probe,
                             STR("GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
                                 "GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
                             false);

    (void)state;
    assert_true(str_contains(buf_view(&got), STR("content-length: 307200\r\n\r\nyyyy")));
    assert_true(str_contains(buf_view(&got), STR("yyyyHTTP/1.1 200 OK\r\n")));
    assert_true(str_ends(buf_view(&got), STR("<GET /next||>")));
}

static void a_pipeline_of_large_answers_waits_for_its_reader(void **state)
{
    AUTO_BUF request = buf_with_limit(1 * MiB);
    AUTO_BUF got = buf_with_limit(64 * MiB);
    int fd = probe_connect(&probe);

    (void)state;
    for (int i = 0; i < 100; i++)
        buf_append(&request, STR("GET /large HTTP/1.1\r\nHost: x\r\n\r\n"));
    probe_send(fd, buf_view(&request));
    (void)shutdown(fd, SHUT_WR);
    probe_read_all(fd, &got);
    assert_int_equal(probe_answers(&got), 100);
    assert_true(got.len > 100 * 300 * KiB);
}

static void a_header_value_cannot_end_its_line(void **state)
{
    AUTO_BUF got = probe_ask(&probe, STR("GET /forged HTTP/1.1\r\nHost: x\r\n\r\n"), true);

    (void)state;
    assert_false(str_contains(buf_view(&got), STR("x-c")));
    assert_true(str_contains(buf_view(&got), STR("x-e: f\r\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_turn_is_a_chunk_and_what_follows_is_answered_after_the_last),
        cmocka_unit_test(an_old_client_reads_until_the_connection_closes),
        cmocka_unit_test(head_gets_the_head_of_a_stream),
        cmocka_unit_test(a_slow_reader_slows_its_producer),
        cmocka_unit_test(a_late_write_callback_does_not_stop_a_stream),
        cmocka_unit_test(a_client_that_leaves_a_stream_is_noticed),
        cmocka_unit_test(a_large_answer_arrives_whole),
        cmocka_unit_test(a_pipeline_of_large_answers_waits_for_its_reader),
        cmocka_unit_test(a_header_value_cannot_end_its_line),
    };
    return run_with_probe(tests, .on_request = answer);
}

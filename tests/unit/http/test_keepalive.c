/* Many requests on a connection: in order, bodies kept apart, closed when it was said. */
#include "base/mem.h"

#include "probe.h"

/* Answers a turn later than it was asked, so that what follows has to wait. */
struct later {
    struct timer timer;
    struct exchange *exchange;
};

static void answer_later(struct timer *timer)
{
    struct later *later = LIST_OWNER(timer, struct later, timer);

    probe_echo_now(later->exchange, &probe);
}

static void count_gone(struct exchange *exchange, void *user)
{
    (void)exchange;
    timer_stop(&((struct later *)user)->timer);
    atomic_fetch_add(&probe.gone, 1);
}

static void delay(struct exchange *exchange)
{
    struct later *later = arena_alloc(exchange_arena(exchange), sizeof(*later));

    later->exchange = exchange;
    later->timer.fire = answer_later;
    exchange_watch(exchange, count_gone, NULL, later);
    timer_start(exchange_loop(exchange), &later->timer, 20);
}

static void answer(struct exchange *exchange, void *user)
{
    str path = exchange_request(exchange)->path;
    struct reply denied = { .status = 401, .content_type = "text/plain", .body = STR("<no>") };
    struct reply empty = { .status = 204 };

    if (str_equal(path, STR("/later")))
        delay(exchange);
    else if (str_equal(path, STR("/never"))) {
        exchange_watch(exchange, count_gone, NULL,
                       arena_alloc(exchange_arena(exchange), sizeof(struct later)));
        atomic_fetch_add(&probe.requests, 1);
    } else if (str_equal(path, STR("/denied")))
        exchange_reply(exchange, &denied);
    else if (str_equal(path, STR("/empty")))
        exchange_reply(exchange, &empty);
    else if (str_equal(path, STR("/abort")))
        exchange_abort(exchange);
    else
        probe_echo(exchange, user);
}

#define TO(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

static void answers_come_in_the_order_of_the_requests(void **state)
{
    AUTO_BUF got =
        probe_ask(&probe, STR(TO("/1") TO("/later") TO("/3") TO("/later") TO("/5")), true);
    const char *wanted[] = { "<GET /1||>", "<GET /later||>", "<GET /3||>", "<GET /later||>",
                             "<GET /5||>" };
    str text = buf_view(&got);

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        const char *at = memmem(text.ptr, text.len, wanted[i], strlen(wanted[i]));

        assert_non_null(at);
        text = str_from(text, (size_t)(at - text.ptr) + 1);
    }
    assert_int_equal(probe_answers(&got), 5);
}

static void bodies_do_not_run_into_each_other(void **state)
{
    AUTO_BUF got = probe_ask(&probe,
                             STR("POST /a?q=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                                 "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "2\r\nde\r\n1\r\nf\r\n0\r\n\r\n" TO("/c")),
                             true);

    (void)state;
    assert_int_equal(probe_answers(&got), 3);
    assert_true(str_contains(buf_view(&got), STR("<POST /a|q=1|abc>")));
    assert_true(str_contains(buf_view(&got), STR("<POST /b||def>")));
    assert_true(str_contains(buf_view(&got), STR("<GET /c||>")));
}

static void a_body_nobody_reads_is_read_past(void **state)
{
    AUTO_BUF got =
        probe_ask(&probe,
                  STR("POST /denied HTTP/1.1\r\nHost: x\r\nContent-Length: 33\r\n\r\n"
                      "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
                      "POST /denied HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "3\r\nabc\r\n0\r\n\r\n" TO("/c")),
                  true);

    (void)state;
    assert_int_equal(probe_answers(&got), 3);
    assert_false(str_contains(buf_view(&got), STR("hidden")));
    assert_true(str_contains(buf_view(&got), STR("<GET /c||>")));
}

static void a_broken_body_after_the_answer_ends_the_connection_without_another(void **state)
{
    AUTO_BUF got =
        probe_ask(&probe,
                  STR("POST /denied HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "zzz" TO("/c")),
                  false);

    (void)state;
    assert_true(probe_answers(&got) <= 1);
    assert_false(str_contains(buf_view(&got), STR("<GET /c")));
}

// clang-format off
static const struct {
    str request;
    size_t answers;
    const char *has;
} closings[] = {
    { STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" TO("/b")), 1, "connection: close" },
    { STR_INIT("GET / HTTP/1.0\r\n\r\n" TO("/b")), 1, "connection: close" },
    { STR_INIT("POST /denied HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n" TO("/b")), 1, "connection: close" },
    { STR_INIT("POST /denied HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"), 1, "401 Unauth" },
    { STR_INIT(TO("/abort") TO("/b")), 0, "" },
};
// clang-format on

static void after_the_last_answer_the_connection_closes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(closings); i++) {
        AUTO_BUF got = probe_ask(&probe, closings[i].request, false);

        assert_int_equal(probe_answers(&got), closings[i].answers);
        assert_true(str_contains(buf_view(&got), str_of(closings[i].has)));
        assert_false(str_contains(buf_view(&got), STR("100 Continue")));
        assert_false(str_contains(buf_view(&got), STR("/b")));
    }
}

static void a_client_that_waits_is_invited_to_send_its_body(void **state)
{
    AUTO_BUF got = buf_with_limit(1 * KiB);
    int fd = probe_connect(&probe);

    (void)state;
    probe_send(
        fd, STR("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
    probe_read_until(fd, &got, STR("HTTP/1.1 100 Continue\r\n\r\n"));
    probe_send(fd, STR("abc"));
    probe_read_until(fd, &got, STR("<POST /||abc>"));
    assert_int_equal(probe_answers(&got), 1);
    (void)close(fd);
}

static void answers_without_a_body_send_none(void **state)
{
    AUTO_BUF got =
        probe_ask(&probe, STR("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n" TO("/empty") TO("/c")), true);

    (void)state;
    assert_int_equal(probe_answers(&got), 3);
    assert_true(
        str_contains(buf_view(&got), STR("content-length: 11\r\n\r\nHTTP/1.1 204 No Content\r\n")));
    assert_int_equal(probe_count(buf_view(&got), STR("content-length")), 2);
    assert_true(str_contains(buf_view(&got), STR("<GET /c||>")));
}

// clang-format off
static const struct {
    str target;
    const char *answer;
} targets[] = {
    { STR_INIT("/a%20b?c=%20"),      "<GET /a b|c=%20|>" },
    { STR_INIT("/agents/"),          "<GET /agents||>" },
    { STR_INIT("/agents///?a"),      "<GET /agents|a|>" },
    { STR_INIT("//"),                "<GET /||>" },
    { STR_INIT("/?"),                "<GET /||>" },
    { STR_INIT("/%61%67ents"),       "<GET /agents||>" },
    { STR_INIT("/%C3%A9"),           "<GET /\xc3\xa9||>" },
    { STR_INIT("/.a/b../...") ,      "<GET /.a/b../...||>" },
    { STR_INIT("/a?b=/../%2F"),      "<GET /a|b=/../%2F|>" },
    { STR_INIT("HTTP://X/a?b"),      "<GET /a|b|>" },
    { STR_INIT("http://x?b"),        "<GET /|b|>" },
    { STR_INIT("/a%2Fb"),            "<GET /a/b||> odd path" },
    { STR_INIT("/a%2fb"),            "<GET /a/b||> odd path" },
    { STR_INIT("/a%5Cb"),            "<GET /a\\b||> odd path" },
    { STR_INIT("/a\\b"),             "<GET /a\\b||> odd path" },
    { STR_INIT("/a/./b"),            "<GET /a/./b||> odd path" },
    { STR_INIT("/a/.."),             "<GET /a/..||> odd path" },
    { STR_INIT("/a/%2e%2E/b"),       "<GET /a/../b||> odd path" },
    { STR_INIT("/a%zz"),             "<GET /a%zz||> odd path" },
    { STR_INIT("/a%4"),              "<GET /a%4||> odd path" },
    { STR_INIT("/%ff"),              "odd path" },
    { STR_INIT("/a%00b"),            "odd path" },
};
// clang-format on

static void paths_are_decoded_once_and_odd_ones_marked(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        AUTO_BUF request = buf_with_limit(1 * KiB);
        buf_printf(&request, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", targets[i].target.ptr);
        AUTO_BUF got = probe_ask(&probe, buf_view(&request), true);

        if (!str_contains(buf_view(&got), str_of(targets[i].answer)) &&
            targets[i].target.ptr[2] != '%')
            print_error("%s: %s\n", targets[i].target.ptr, got.ptr);
        assert_int_equal(probe_status(&got), 200);
        if (!str_equal(targets[i].target, STR("/a%00b"))) /* printf stops there */
            assert_true(str_ends(buf_view(&got), str_of(targets[i].answer)));
    }
}

static void a_client_that_resets_is_noticed(void **state)
{
    struct linger at_once = { .l_onoff = 1 };
    int fd = probe_connect(&probe);

    (void)state;
    atomic_store(&probe.gone, 0);
    atomic_store(&probe.requests, 0);
    probe_send(fd, STR(TO("/never") TO("/b")));
    probe_wait_for(&probe.requests, 1);
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    (void)close(fd);
    probe_wait_for(&probe.gone, 1);
}

static void what_comes_during_an_answer_is_bounded(void **state)
{
    static char junk[64 * KiB];
    int fd = probe_connect(&probe);
    size_t sent = 0;

    (void)state;
    probe_send(fd, STR(TO("/never")));
    for (ssize_t n; sent < 256 * MiB; sent += (size_t)n) {
        struct pollfd watched = { .fd = fd, .events = POLLOUT };

        if (poll(&watched, 1, 200) != 1)
            break;
        n = send(fd, junk, sizeof(junk), MSG_NOSIGNAL | MSG_DONTWAIT);
        assert_true(n > 0);
    }
    assert_true(sent < 64 * MiB); /* the kernel's buffers, and ours */
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_come_in_the_order_of_the_requests),
        cmocka_unit_test(bodies_do_not_run_into_each_other),
        cmocka_unit_test(a_body_nobody_reads_is_read_past),
        cmocka_unit_test(a_broken_body_after_the_answer_ends_the_connection_without_another),
        cmocka_unit_test(after_the_last_answer_the_connection_closes),
        cmocka_unit_test(a_client_that_waits_is_invited_to_send_its_body),
        cmocka_unit_test(answers_without_a_body_send_none),
        cmocka_unit_test(paths_are_decoded_once_and_odd_ones_marked),
        cmocka_unit_test(a_client_that_resets_is_noticed),
        cmocka_unit_test(what_comes_during_an_answer_is_bounded),
    };
    return run_with_probe(tests, .on_request = answer);
}

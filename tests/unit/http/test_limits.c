/* Every size has a limit, its own status, and a client that can still read the refusal. */
#include "base/mem.h"

#include "probe.h"

static buf request_with(const char *head, const char *piece, size_t times, const char *tail)
{
    buf all = buf_with_limit(64 * MiB);

    buf_append(&all, str_of(head));
    for (size_t i = 0; i < times; i++)
        buf_append(&all, str_of(piece));
    buf_append(&all, str_of(tail));
    return all;
}

// clang-format off
static const struct {
    const char *name, *head, *piece;
    size_t times;
    const char *tail;
    int status;
} cases[] = {
    { "long target",        "GET /", "a", TARGET_MAX_BYTES - 1, " HTTP/1.1\r\nHost: x\r\n\r\n", 200 },
    { "too long target",    "GET /", "a", TARGET_MAX_BYTES, " HTTP/1.1\r\nHost: x\r\n\r\n", 414 },
    { "endless target",     "GET /", "a", 64 * KiB, "", 414 },
    { "large header",       "GET / HTTP/1.1\r\nHost: x\r\nA: ", "a", 16 * KiB, "\r\n\r\n", 200 },
    { "too large header",   "GET / HTTP/1.1\r\nHost: x\r\nA: ", "a", HEADERS_MAX_BYTES, "\r\n\r\n", 431 },
    { "endless header",     "GET / HTTP/1.1\r\nHost: x\r\nA: ", "a", 64 * KiB, "", 431 },
    { "many headers",       "GET / HTTP/1.1\r\nHost: x\r\n", "A: b\r\n", HEADERS_MAX - 1, "\r\n", 200 },
    { "too many headers",   "GET / HTTP/1.1\r\nHost: x\r\n", "A: b\r\n", HEADERS_MAX, "\r\n", 431 },
    { "large body",         "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65536\r\n\r\n", "a", 64 * KiB, "", 200 },
    { "too large body",     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n", "a", 64 * KiB + 1, "", 413 },
    { "much too large",     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n", "a", 900000, "", 413 },
    { "large in chunks",    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "4\r\nabcd\r\n", 16 * KiB, "0\r\n\r\n", 200 },
    { "too large in chunks","POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "4\r\nabcd\r\n", 16 * KiB + 1, "0\r\n\r\n", 413 },
    { "long extension",     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;", "a", 1000, "\r\na\r\n0\r\n\r\n", 200 },
    { "too long extension", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;", "a", 1100, "\r\na\r\n0\r\n\r\n", 400 },
    { "many extensions",    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "1;abcdefgh\r\na\r\n", 200, "0\r\n\r\n", 400 },
    { "too large trailers", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: ", "a", 64 * KiB, "\r\n\r\n", 431 },
};
// clang-format on

static void each_limit_has_its_status(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO_BUF request =
            request_with(cases[i].head, cases[i].piece, cases[i].times, cases[i].tail);
        AUTO_BUF got = probe_ask(&probe, buf_view(&request), cases[i].status == 200);

        if (probe_status(&got) != cases[i].status)
            print_error("%s\n", cases[i].name);
        assert_int_equal(probe_status(&got), cases[i].status);
        assert_int_equal(probe_answers(&got), 1);
    }
}

static void a_client_that_goes_on_sending_after_a_refusal_is_cut_off(void **state)
{
    static char junk[64 * KiB];
    int fd = probe_connect(&probe);
    size_t sent = 0;

    (void)state;
    probe_send(fd, STR("GET / HTTP/1.1\r\n\r\n"));
    for (ssize_t n; sent < 64 * MiB && (n = send(fd, junk, sizeof(junk), MSG_NOSIGNAL)) > 0;)
        sent += (size_t)n;
    assert_true(sent < 64 * MiB);
    (void)close(fd);
}

/* Answers all but /hold, whose exchanges stay open. */
static void answer_but_hold(struct exchange *exchange, void *user)
{
    struct probe *of = user;

    if (!str_equal(exchange_request(exchange)->path, STR("/hold"))) {
        probe_echo(exchange, user);
        return;
    }
    atomic_fetch_add(&of->requests, 1);
}

static int send_new(struct probe *to, str text)
{
    int fd = probe_connect(to);

    probe_send(fd, text);
    return fd;
}

/* A request on a new connection is answered. */
static void assert_served(struct probe *by)
{
    AUTO_BUF got = buf_with_limit(1 * KiB);

    probe_read_all(send_new(by, STR("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")),
                   &got);
    assert_int_equal(probe_answers(&got), 1);
}

/* The server closes it without an answer. */
static void assert_closed(int fd)
{
    AUTO_BUF got = buf_with_limit(1 * KiB);

    probe_read_all(fd, &got);
    assert_int_equal(probe_answers(&got), 0);
}

static void wait_for_connections(const struct probe *of, size_t count)
{
    for (int i = 0; i < PROBE_PATIENCE_MS && server_connections(of->server) != count; i++)
        (void)poll(NULL, 0, 1);
    assert_int_equal(server_connections(of->server), count);
}

/* CVE-2007-6750. */
static void silent_clients_make_room_the_oldest_first(void **state)
{
    struct probe small;
    int silent[3];

    (void)state;
    probe_start(&small,
                (struct server_options){ .on_request = answer_but_hold, .connections_max = 4 });
    int held = send_new(&small, STR("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    probe_wait_for(&small.requests, 1);
    for (size_t i = 0; i < COUNT(silent); i++) {
        silent[i] = probe_connect(&small);
        wait_for_connections(&small, i + 2);
    }
    assert_served(&small);
    assert_closed(silent[0]);
    assert_false(probe_is_readable(silent[1], 50)); /* it stays while there is room */
    wait_for_connections(&small, 3);
    int other = probe_connect(&small), another = probe_connect(&small);
    assert_closed(silent[1]);
    assert_false(probe_is_readable(held, 50)); /* never one with a request open */
    assert_int_equal(server_count(small.server).made_room, 2);
    assert_int_equal(server_count(small.server).turned_away, 0);
    (void)close(silent[2]);
    (void)close(other);
    (void)close(another);
    (void)close(held);
    probe_stop(&small);
}

static void half_a_head_makes_room_after_the_silent_ones(void **state)
{
    struct probe small;

    (void)state;
    probe_start(&small,
                (struct server_options){ .on_request = answer_but_hold, .connections_max = 2 });
    int slow = send_new(&small, STR("GET / HTTP/1.1\r\nHos"));
    wait_for_connections(&small, 1);
    int silent = probe_connect(&small);
    wait_for_connections(&small, 2);
    int held = send_new(&small, STR("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    probe_wait_for(&small.requests, 1);
    assert_closed(silent); /* although the slow one is older */
    int second = send_new(&small, STR("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    probe_wait_for(&small.requests, 2);
    assert_closed(slow);
    assert_closed(probe_connect(&small)); /* nobody can make room */
    assert_int_equal(server_count(small.server).turned_away, 1);
    (void)close(held);
    (void)close(second);
    probe_stop(&small);
}

static void a_kept_connection_that_was_used_last_stays_longest(void **state)
{
    static const str request = STR_INIT("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    struct probe small;
    int kept[2];
    AUTO_BUF got = buf_with_limit(4 * KiB);

    (void)state;
    probe_start(&small,
                (struct server_options){ .on_request = answer_but_hold, .connections_max = 2 });
    for (size_t i = 0; i < COUNT(kept); i++) {
        buf_empty(&got);
        kept[i] = send_new(&small, request);
        probe_read_until(kept[i], &got, STR("<GET /||>"));
    }
    buf_empty(&got);
    probe_send(kept[0], request); /* the older one is used again */
    probe_read_until(kept[0], &got, STR("<GET /||>"));
    assert_served(&small);
    assert_closed(kept[1]);
    assert_false(probe_is_readable(kept[0], 50));
    (void)close(kept[0]);
    probe_stop(&small);
}

static void an_address_has_a_limit_of_its_own(void **state)
{
    struct quota *addresses = quota_new();
    struct probe small;

    (void)state;
    probe_start(&small, (struct server_options){ .on_request = answer_but_hold,
                                                 .connections_per_address = 2,
                                                 .addresses = addresses });
    int first = send_new(&small, STR("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    int second = probe_connect(&small);
    wait_for_connections(&small, 2);
    assert_closed(probe_connect(&small)); /* also where one is silent */
    assert_int_equal(server_count(small.server).turned_away, 1);
    (void)close(second);
    wait_for_connections(&small, 1);
    assert_served(&small);
    (void)close(first);
    probe_stop(&small);
    quota_free(addresses);
}

static void above_the_limit_connections_are_closed_at_once(void **state)
{
    struct probe small;
    AUTO_BUF got = buf_with_limit(1 * KiB);

    (void)state;
    probe_start(&small,
                (struct server_options){ .on_request = answer_but_hold, .connections_max = 1 });
    int first = probe_connect(&small);
    probe_send(first, STR("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    probe_read_until(first, &got, STR("<GET /||>"));
    probe_send(first, STR("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    probe_wait_for(&small.requests, 2); /* the answered one was counted too */
    int second = probe_connect(&small);
    AUTO_BUF nothing = buf_with_limit(1 * KiB);
    probe_read_all(second, &nothing);
    assert_int_equal(nothing.len, 0);
    (void)close(first);
    probe_stop(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_limit_has_its_status),
        cmocka_unit_test(a_client_that_goes_on_sending_after_a_refusal_is_cut_off),
        cmocka_unit_test(silent_clients_make_room_the_oldest_first),
        cmocka_unit_test(half_a_head_makes_room_after_the_silent_ones),
        cmocka_unit_test(a_kept_connection_that_was_used_last_stays_longest),
        cmocka_unit_test(an_address_has_a_limit_of_its_own),
        cmocka_unit_test(above_the_limit_connections_are_closed_at_once),
    };
    return run_with_probe(tests, .on_request = probe_echo);
}

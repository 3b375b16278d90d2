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

static void above_the_limit_connections_are_closed_at_once(void **state)
{
    struct probe small;
    AUTO_BUF got = buf_with_limit(1 * KiB);

    (void)state;
    probe_start(&small, (struct server_options){ .on_request = probe_echo, .connections_max = 1 });
    int first = probe_connect(&small);
    probe_send(first, STR("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    probe_read_until(first, &got, STR("<GET /||>"));
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
        cmocka_unit_test(above_the_limit_connections_are_closed_at_once),
    };
    return run_with_probe(tests, .on_request = probe_echo);
}

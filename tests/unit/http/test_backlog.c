/* Clients that ask for large answers and do not read them: what waits for them is limited, over all
 * of them, and clients that read get their answers (CVE-2019-9517). */
#include "probe.h"
#include "unit.h"

enum {
    ANSWER_BYTES = 16 * MiB, /* more than the kernel takes for a client that does not read */
    LIMIT = 3 * ANSWER_BYTES,
};

static char *text;

static void answer(struct exchange *exchange, void *user)
{
    const struct reply reply = { .status = 200, .body = { text, ANSWER_BYTES } };

    (void)user;
    exchange_reply(exchange, &reply);
    atomic_fetch_add(&probe.requests, 1);
}

/* Asks on a new connection of which nothing will be read. */
static int ask_only(void)
{
    int fd = probe_connect(&probe), size = 64 * KiB;

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    probe_send(fd, STR("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    return fd;
}

/* Asks on a new connection, to be read. */
static int ask(void)
{
    int fd = probe_connect(&probe);

    probe_send(fd, STR("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    return fd;
}

static uint64_t wait_until_dropped(uint64_t count)
{
    for (int i = 0; i < PROBE_PATIENCE_MS && server_count(probe.server).too_slow < count; i++)
        (void)poll(NULL, 0, 1);
    return server_count(probe.server).too_slow;
}

/* Reads to the end; returns how many bytes came. A pause of so many milliseconds after each read.
 */
static size_t read_slowly(int fd, int pause_ms)
{
    static char bytes[256 * KiB];
    size_t total = 0;
    ssize_t got;

    while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
        total += (size_t)got;
        if (pause_ms > 0)
            (void)poll(NULL, 0, pause_ms);
    }
    (void)close(fd);
    return total;
}

static void past_the_limit_the_largest_backlogs_are_dropped_at_once(void **state)
{
    int fds[8];

    (void)state;
    for (size_t i = 0; i < COUNT(fds); i++)
        fds[i] = ask_only();
    probe_wait_for(&probe.requests, COUNT(fds));
    /* The kernel takes up to a quarter of each answer, so that four may stay. */
    assert_true(wait_until_dropped(COUNT(fds) - 4) >= COUNT(fds) - 4);
    assert_true(server_connections(probe.server) <= 4);
    for (size_t i = 0; i < COUNT(fds); i++)
        (void)close(fds[i]);
}

static void a_reader_who_reads_gets_the_whole_answer_beside_them(void **state)
{
    int hostile[2] = { ask_only(), ask_only() };

    (void)state;
    probe_wait_for(&probe.requests, 2);
    int fd = ask();
    assert_true(read_slowly(fd, 0) > ANSWER_BYTES);
    for (size_t i = 0; i < COUNT(hostile); i++)
        (void)close(hostile[i]);
}

static void past_a_quarter_of_it_those_that_read_nothing_are_dropped_in_seconds(void **state)
{
    int hostile[2] = { ask_only(), ask_only() };

    (void)state;
    probe_wait_for(&probe.requests, 2);
    int slow = ask(); /* it reads some megabytes a second */
    assert_true(read_slowly(slow, 20) > ANSWER_BYTES);
    assert_true(wait_until_dropped(1) >= 1);
    for (size_t i = 0; i < COUNT(hostile); i++)
        (void)close(hostile[i]);
}

static void below_it_nobody_is_dropped(void **state)
{
    (void)state;
    int fd = ask();
    assert_true(read_slowly(fd, 0) > ANSWER_BYTES);
    assert_int_equal(server_count(probe.server).too_slow, 0);
}

static int start(void **state)
{
    (void)state;
    text = malloc(ANSWER_BYTES);
    if (text == NULL)
        return -1;
    memset(text, 'x', ANSWER_BYTES);
    probe_start(&probe, (struct server_options){ .on_request = answer, .backlog_max = LIMIT });
    return 0;
}

static int stop(void **state)
{
    (void)state;
    probe_stop(&probe);
    free(text);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(past_the_limit_the_largest_backlogs_are_dropped_at_once,
                                        start, stop),
        cmocka_unit_test_setup_teardown(a_reader_who_reads_gets_the_whole_answer_beside_them, start,
                                        stop),
        cmocka_unit_test_setup_teardown(
            past_a_quarter_of_it_those_that_read_nothing_are_dropped_in_seconds, start, stop),
        cmocka_unit_test_setup_teardown(below_it_nobody_is_dropped, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A server that ends: what is open is answered, what is idle closed, what takes too long cut. */
#include "probe.h"

struct held {
    struct exchange *exchange;
    struct letter release;
};

static struct held held;

static void gone(struct exchange *exchange, void *user)
{
    (void)exchange;
    (void)user;
    atomic_fetch_add(&probe.gone, 1);
}

static void answer(struct exchange *exchange, void *user)
{
    if (!str_equal(exchange_request(exchange)->path, STR("/hold"))) {
        probe_echo(exchange, user);
        return;
    }
    held.exchange = exchange;
    exchange_watch(exchange, gone, NULL, user);
    atomic_fetch_add(&probe.requests, 1);
}

static void release_held(struct letter *letter)
{
    (void)letter;
    probe_echo(held.exchange, &probe);
}

static void note_drained(void *user)
{
    (void)user;
    atomic_fetch_add(&probe.drained, 1);
}

static struct letter drain_letter;
static struct server_drain_options drain_options;

static void drain_here(struct letter *letter)
{
    (void)letter;
    server_drain(probe.server, &drain_options);
}

static void begin_drain(void)
{
    drain_letter.deliver = drain_here;
    loop_post(probe.loop, &drain_letter);
}

static void drain_within(uint64_t ms)
{
    drain_options = (struct server_drain_options){ .grace_ms = ms, .drained = note_drained };
    begin_drain();
}

static int hold(void)
{
    int fd = probe_connect(&probe);

    probe_send(fd, STR("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    probe_wait_for(&probe.requests, 1);
    return fd;
}

static void what_is_open_is_answered_and_what_is_idle_closed(void **state)
{
    AUTO_BUF got = buf_with_limit(1 * KiB);
    AUTO_BUF idle_got = buf_with_limit(1 * KiB);
    int idle = probe_connect(&probe), open;

    (void)state;
    probe_send(idle, STR("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    probe_read_until(idle, &idle_got, STR("<GET /||>"));
    atomic_store(&probe.requests, 0);
    open = hold();
    drain_within(PROBE_PATIENCE_MS);
    probe_read_all(idle, &idle_got);
    assert_int_equal(probe_answers(&idle_got), 1);
    assert_int_equal(atomic_load(&probe.drained), 0);
    held.release.deliver = release_held;
    loop_post(probe.loop, &held.release);
    probe_read_all(open, &got);
    assert_true(str_contains(buf_view(&got), STR("connection: close\r\n\r\n<GET /hold||>")));
    probe_wait_for(&probe.drained, 1);
    assert_int_equal(atomic_load(&probe.gone), 0);
}

static void past_the_grace_the_rest_is_cut(void **state)
{
    AUTO_BUF got = buf_with_limit(1 * KiB);
    int fd = hold();

    (void)state;
    drain_within(50);
    probe_read_all(fd, &got);
    assert_int_equal(got.len, 0);
    probe_wait_for(&probe.drained, 1);
    assert_int_equal(atomic_load(&probe.gone), 1);
}

static void release_late(void *user)
{
    (void)user;
    probe_echo(held.exchange, &probe);
}

static void past_the_grace_what_is_open_may_answer_early(void **state)
{
    AUTO_BUF got = buf_with_limit(1 * KiB);
    int fd = hold();

    (void)state;
    drain_options = (struct server_drain_options){ .grace_ms = 50,
                                                   .on_late = release_late,
                                                   .last_ms = PROBE_PATIENCE_MS,
                                                   .drained = note_drained };
    begin_drain();
    probe_read_all(fd, &got);
    assert_true(str_contains(buf_view(&got), STR("connection: close\r\n\r\n<GET /hold||>")));
    probe_wait_for(&probe.drained, 1);
    assert_int_equal(atomic_load(&probe.gone), 0);
}

static void stay_late(void *user)
{
    (void)user;
}

static void who_does_not_answer_then_is_cut(void **state)
{
    AUTO_BUF got = buf_with_limit(1 * KiB);
    int fd = hold();

    (void)state;
    drain_options = (struct server_drain_options){
        .grace_ms = 20, .on_late = stay_late, .last_ms = 50, .drained = note_drained
    };
    begin_drain();
    probe_read_all(fd, &got);
    assert_int_equal(got.len, 0);
    probe_wait_for(&probe.drained, 1);
    assert_int_equal(atomic_load(&probe.gone), 1);
}

static void who_has_just_connected_gets_an_answer_and_who_stays_silent_is_closed(void **state)
{
    AUTO_BUF got = buf_with_limit(1 * KiB);
    AUTO_BUF silent_got = buf_with_limit(1 * KiB);
    int fresh = probe_connect(&probe), silent = probe_connect(&probe);
    int open = hold(); /* connected last: the others have been accepted */

    (void)state;
    drain_within(PROBE_PATIENCE_MS);
    probe_send(fresh, STR("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    probe_read_all(fresh, &got);
    assert_true(str_contains(buf_view(&got), STR("<GET /||>")));
    probe_read_all(silent, &silent_got);
    assert_int_equal(silent_got.len, 0);
    held.release.deliver = release_held;
    loop_post(probe.loop, &held.release);
    probe_read_all(open, &got);
    probe_wait_for(&probe.drained, 1);
}

static void a_server_without_connections_is_drained_at_once(void **state)
{
    (void)state;
    drain_within(PROBE_PATIENCE_MS);
    probe_wait_for(&probe.drained, 1);
}

static void an_address_in_use_is_named(void **state)
{
    agentos_error err = { 0 };
    struct loop *loop;
    struct server *server = NULL;
    struct server_options options = { .host = "127.0.0.1",
                                      .port = probe.port,
                                      .on_request = answer };

    (void)state;
    assert_int_equal(loop_new(&loop, &err), AGENTOS_OK);
    assert_int_equal(server_open(loop, &options, &server, &err), AGENTOS_CONFLICT);
    assert_non_null(strstr(err.message, "127.0.0.1:"));
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_probe(what_is_open_is_answered_and_what_is_idle_closed),
        with_probe(who_has_just_connected_gets_an_answer_and_who_stays_silent_is_closed),
        with_probe(past_the_grace_the_rest_is_cut),
        with_probe(past_the_grace_what_is_open_may_answer_early),
        with_probe(who_does_not_answer_then_is_cut),
        with_probe(a_server_without_connections_is_drained_at_once),
        with_probe(an_address_in_use_is_named),
    };
    probe_options = (struct server_options){ .on_request = answer };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

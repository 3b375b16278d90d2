/* Fetches against a scripted peer on loopback. */
#include "base/limits.h"
#include "http/client.h"
#include "loop/timer.h"
#include "scripted_server.h"
#include "unit.h"

enum { GUARD_MS = 8000 };

/* What a fetch did, and what to do while it does it. */
struct watched {
    struct loop *loop;
    struct client *client;
    struct fetch *fetch;
    struct timer guard, later;
    buf body;
    int status, heads, ends, pauses;
    bool cancels_on_head, cancels_on_data, pauses_on_data;
    agentos_status outcome;
    char reason[128], header[64];
};

static void on_head(void *user, int status, const struct headers *headers)
{
    struct watched *w = user;
    str value;

    w->status = status;
    w->heads++;
    if (headers_find(headers, STR("x-test"), &value))
        (void)snprintf(w->header, sizeof(w->header), "%.*s", (int)value.len, value.ptr);
    if (w->cancels_on_head) {
        fetch_cancel(w->fetch);
        loop_stop(w->loop);
    }
}

static void resume(struct timer *timer)
{
    fetch_resume(LIST_OWNER(timer, struct watched, later)->fetch);
}

static void on_data(void *user, str bytes)
{
    struct watched *w = user;

    assert_true(bytes.len > 0);
    buf_append(&w->body, bytes);
    if (w->cancels_on_data) {
        fetch_cancel(w->fetch);
        loop_stop(w->loop);
    }
    if (w->pauses_on_data && w->pauses < 3) {
        w->pauses++;
        fetch_pause(w->fetch);
        timer_start(w->loop, &w->later, 20);
    }
}

static void on_end(void *user, agentos_status status, const char *reason)
{
    struct watched *w = user;

    w->ends++;
    w->outcome = status;
    (void)snprintf(w->reason, sizeof(w->reason), "%s", reason);
    loop_stop(w->loop);
}

static void give_up(struct timer *timer)
{
    (void)timer;
    fail_msg("the fetch did not end");
}

static const struct fetch_events events = { on_head, on_data, on_end };

static void open_watched(struct watched *w)
{
    assert_int_equal(loop_new(&w->loop, NULL), AGENTOS_OK);
    w->client = client_new(w->loop);
    w->body = buf_with_limit(64 * MiB);
    w->guard.fire = give_up;
    w->later.fire = resume;
    timer_start(w->loop, &w->guard, GUARD_MS);
}

static void close_watched(struct watched *w)
{
    timer_stop(&w->guard);
    timer_stop(&w->later);
    client_free(w->client);
    loop_free(w->loop);
    buf_clear(&w->body);
}

static void fetch_once(struct watched *w, uint16_t port, struct fetch_options options)
{
    char url[64];

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/x?y", port);
    if (options.url == NULL)
        options.url = url;
    if (options.method == METHOD_OTHER)
        options.method = GET;
    w->fetch = client_fetch(w->client, &options, &events, w);
    assert_int_equal(w->heads, 0);
    loop_run(w->loop);
}

static const struct {
    struct script script;
    int status;
    const char *body, *header;
} whole[] = {
    { { STR_INIT("HTTP/1.1 200 OK\r\nX-Test: a b\r\nContent-Length: 5\r\n\r\nhello"), THEN_KEEP,
        0 },
      200,
      "hello",
      "a b" },
    { { STR_INIT("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), THEN_CLOSE, 0 },
      404,
      "",
      "" },
    { { STR_INIT("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                 "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
        THEN_KEEP, 1 },
      200,
      "abcde",
      "" },
    { { STR_INIT("HTTP/1.0 200 OK\r\n\r\nuntil close"), THEN_CLOSE, 0 }, 200, "until close", "" },
    { { STR_INIT("HTTP/1.1 103 Early Hints\r\nX-Test: no\r\n\r\nHTTP/1.1 200 "
                 "OK\r\nContent-Length: 1\r\n\r\nx"),
        THEN_KEEP, 0 },
      200,
      "x",
      "" },
    { { STR_INIT("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 2\r\n\r\ngo"),
        THEN_KEEP, 0 },
      302,
      "go",
      "" },
    { { STR_INIT("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Test: "
                 "trailer\r\n\r\n"),
        THEN_KEEP, 0 },
      200,
      "a",
      "" },
};

static void answers_arrive_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(whole); i++) {
        struct scripted_server server;
        struct watched w = { .heads = 0 };

        scripted_start(&server, &whole[i].script, 1);
        open_watched(&w);
        fetch_once(&w, server.port, (struct fetch_options){ 0 });
        scripted_stop(&server);
        assert_int_equal(w.heads, 1);
        assert_int_equal(w.ends, 1);
        assert_int_equal(w.outcome, AGENTOS_OK);
        assert_int_equal(w.status, whole[i].status);
        assert_text(buf_view(&w.body), str_of(whole[i].body));
        assert_string_equal(w.header, whole[i].header);
        close_watched(&w);
        scripted_clear(&server);
    }
}

static const struct {
    struct script script;
    agentos_status outcome;
    const char *reason;
    uint64_t silence_ms, total_ms;
} failing[] = {
    { { STR_INIT(""), THEN_CLOSE, 0 },
      AGENTOS_UPSTREAM,
      "the connection was closed without an answer",
      0,
      0 },
    { { STR_INIT(""), THEN_RESET, 0 }, AGENTOS_UPSTREAM, "the connection was reset", 0, 0 },
    { { STR_INIT("garbage\r\n\r\n"), THEN_CLOSE, 0 },
      AGENTOS_UPSTREAM,
      "the URL is neither http nor https, or the answer not HTTP/1",
      0,
      0 },
    { { STR_INIT("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"), THEN_CLOSE, 0 },
      AGENTOS_UPSTREAM,
      "the connection was closed before the end of the answer",
      0,
      0 },
    { { STR_INIT("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), THEN_CLOSE,
        0 },
      AGENTOS_UPSTREAM,
      "the connection was closed before the end of the answer",
      0,
      0 },
    { { STR_INIT("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"), THEN_HANG, 0 },
      AGENTOS_TIMEOUT,
      "no byte came for too long",
      60,
      0 },
    { { STR_INIT(""), THEN_HANG, 0 }, AGENTOS_TIMEOUT, "no byte came for too long", 60, 0 },
    { { STR_INIT(""), THEN_HANG, 0 },
      AGENTOS_TIMEOUT,
      "the time for the whole answer has passed",
      0,
      60 },
    { { STR_INIT("HTTP/1.1 200 OK\r\nX: "), THEN_FLOOD, 0 }, AGENTOS_UPSTREAM, NULL, 0, 0 },
};

static void failures_have_a_short_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(failing); i++) {
        struct scripted_server server;
        struct watched w = { .heads = 0 };

        scripted_start(&server, &failing[i].script, 1);
        open_watched(&w);
        fetch_once(&w, server.port,
                   (struct fetch_options){ .silence_ms = failing[i].silence_ms,
                                           .total_ms = failing[i].total_ms });
        scripted_stop(&server);
        assert_int_equal(w.ends, 1);
        assert_int_equal(w.outcome, failing[i].outcome);
        if (failing[i].reason != NULL)
            assert_string_equal(w.reason, failing[i].reason);
        close_watched(&w);
        scripted_clear(&server);
    }
}

static void nobody_listening_is_connection_refused(void **state)
{
    struct scripted_server server;
    struct watched w = { .heads = 0 };

    (void)state;
    scripted_start(&server, NULL, 0);
    scripted_stop(&server);
    open_watched(&w);
    fetch_once(&w, server.port, (struct fetch_options){ 0 });
    assert_int_equal(w.outcome, AGENTOS_UPSTREAM);
    assert_string_equal(w.reason, "connection refused");
    close_watched(&w);
    scripted_clear(&server);
}

static void other_schemes_and_credentials_stay_out(void **state)
{
    static const char *const urls[] = { "file:///etc/hostname", "ftp://user:hunter2@127.0.0.1/",
                                        "http://", "http://user:hunter2@127.0.0.1:1/" };

    (void)state;
    for (size_t i = 0; i < COUNT(urls); i++) {
        struct watched w = { .heads = 0 };

        open_watched(&w);
        fetch_once(&w, 0, (struct fetch_options){ .url = urls[i] });
        assert_int_equal(w.outcome, AGENTOS_UPSTREAM);
        assert_null(strstr(w.reason, "hunter2"));
        close_watched(&w);
    }
}

static void requests_say_what_was_asked_and_no_more(void **state)
{
    static const struct script script = { STR_INIT("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
                                          THEN_KEEP, 0 };
    static const struct header headers[] = { { STR_INIT("Content-Type"),
                                               STR_INIT("application/json") },
                                             { STR_INIT("X-Empty"), STR_INIT("") } };
    static char body[3000];
    struct scripted_server server;
    struct watched w = { .heads = 0 };

    (void)state;
    memset(body, 'b', sizeof(body));
    scripted_start(&server, &script, 1);
    open_watched(&w);
    fetch_once(&w, server.port,
               (struct fetch_options){ .method = POST,
                                       .headers = headers,
                                       .header_count = COUNT(headers),
                                       .body = { body, sizeof(body) } });
    scripted_stop(&server);
    str request = str_of(server.requests[0]);
    assert_true(str_starts(request, STR("POST /x?y HTTP/1.1\r\n")));
    assert_true(str_contains(request, STR("\r\nContent-Type: application/json\r\n")));
    assert_true(str_contains(request, STR("\r\nX-Empty:\r\n")));
    assert_true(str_contains(request, STR("\r\nContent-Length: 3000\r\n")));
    assert_true(str_ends(request, (str){ body, sizeof(body) }));
    assert_false(str_contains(request, STR("Expect")));
    close_watched(&w);
    scripted_clear(&server);
}

static void connections_are_used_again(void **state)
{
    static const struct script script = {
        STR_INIT("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), THEN_KEEP, 0
    };
    struct script scripts[] = { script, script, script };
    struct scripted_server server;
    struct watched w = { .heads = 0 };

    (void)state;
    scripted_start(&server, scripts, COUNT(scripts));
    open_watched(&w);
    for (size_t i = 0; i < COUNT(scripts); i++) {
        w.heads = 0;
        fetch_once(&w, server.port, (struct fetch_options){ 0 });
        assert_int_equal(w.outcome, AGENTOS_OK);
    }
    scripted_stop(&server);
    assert_int_equal(w.ends, 3);
    assert_int_equal(server.connections, 1);
    close_watched(&w);
    scripted_clear(&server);
}

static void a_pause_loses_nothing(void **state)
{
    enum { SIZE = 1024 * 1024 };
    static char text[SIZE + 64];
    struct scripted_server server;
    struct watched w = { .pauses_on_data = true };
    int head = snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", SIZE);

    (void)state;
    for (size_t i = 0; i < SIZE; i++)
        text[(size_t)head + i] = (char)('a' + i % 23);
    struct script script = { { text, (size_t)head + SIZE }, THEN_KEEP, 0 };
    scripted_start(&server, &script, 1);
    open_watched(&w);
    fetch_once(&w, server.port, (struct fetch_options){ 0 });
    scripted_stop(&server);
    assert_int_equal(w.pauses, 3);
    assert_int_equal(w.outcome, AGENTOS_OK);
    assert_true(str_equal(buf_view(&w.body), (str){ text + head, SIZE }));
    close_watched(&w);
    scripted_clear(&server);
}

static void a_pause_is_no_silence(void **state)
{
    static const struct script script = {
        STR_INIT("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                 "chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n1\r\nd\r\n0\r\n\r\n"),
        THEN_KEEP, 1
    };
    struct scripted_server server;
    struct watched w = { .pauses_on_data = true };

    (void)state;
    scripted_start(&server, &script, 1);
    open_watched(&w);
    fetch_once(&w, server.port, (struct fetch_options){ .silence_ms = 15 });
    scripted_stop(&server);
    assert_int_equal(w.outcome, AGENTOS_OK);
    assert_text(buf_view(&w.body), STR("abcd"));
    close_watched(&w);
    scripted_clear(&server);
}

static void a_cancelled_fetch_is_silent(void **state)
{
    static const struct script script = { STR_INIT("HTTP/1.1 200 OK\r\n\r\nabc"), THEN_FLOOD, 0 };
    struct script scripts[] = { script, script };
    struct scripted_server server;

    (void)state;
    scripted_start(&server, scripts, COUNT(scripts));
    for (int on_head_too = 0; on_head_too < 2; on_head_too++) {
        struct watched w = { .cancels_on_data = true, .cancels_on_head = on_head_too != 0 };

        open_watched(&w);
        fetch_once(&w, server.port, (struct fetch_options){ 0 });
        assert_int_equal(w.ends, 0);
        assert_int_equal(w.body.len > 0, on_head_too == 0);
        close_watched(&w);
    }
    scripted_stop(&server);
    scripted_clear(&server);
}

static void a_client_goes_with_whatever_is_in_flight(void **state)
{
    static const struct script script = { STR_INIT("HTTP/1.1 200 OK\r\n\r\n"), THEN_HANG, 0 };
    struct scripted_server server;
    struct watched w = { .heads = 0 };

    (void)state;
    scripted_start(&server, &script, 1);
    open_watched(&w);
    /* One that has begun, one that has not, one that is cancelled before it could. */
    w.cancels_on_head = true;
    fetch_once(&w, server.port, (struct fetch_options){ 0 });
    struct fetch_options options = { .method = GET, .url = "http://127.0.0.1:9/" };
    (void)client_fetch(w.client, &options, &events, &w);
    fetch_cancel(client_fetch(w.client, &options, &events, &w));
    close_watched(&w);
    scripted_stop(&server);
    scripted_clear(&server);
    assert_int_equal(w.ends, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_arrive_whole),
        cmocka_unit_test(failures_have_a_short_reason),
        cmocka_unit_test(nobody_listening_is_connection_refused),
        cmocka_unit_test(other_schemes_and_credentials_stay_out),
        cmocka_unit_test(requests_say_what_was_asked_and_no_more),
        cmocka_unit_test(connections_are_used_again),
        cmocka_unit_test(a_pause_loses_nothing),
        cmocka_unit_test(a_pause_is_no_silence),
        cmocka_unit_test(a_cancelled_fetch_is_silent),
        cmocka_unit_test(a_client_goes_with_whatever_is_in_flight),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

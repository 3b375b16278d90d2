/* Server-sent events, written and read, in pieces of any size. */
#include "base/limits.h"
#include "http/sse.h"
#include "unit.h"

/* Every event as "[NAME|DATA]". */
static void record(void *user, str event, str data)
{
    buf_printf(user, "[%.*s|%.*s]", (int)event.len, event.ptr, (int)data.len, data.ptr);
}

static void frames_are_written_as_the_contract_has_them(void **state)
{
    AUTO_BUF out = buf_with_limit(256);

    (void)state;
    sse_append(&out, STR("RunStarted"), STR("{\"a\":1}"));
    sse_append(&out, STR(""), STR("x"));
    assert_text(buf_view(&out), STR("event: RunStarted\ndata: {\"a\":1}\n\ndata: x\n\n"));
}

static void streams_are_read_whatever_the_pieces(void **state)
{
    static const struct {
        const char *stream, *events;
    } cases[] = {
        { "", "" },
        { "data: a\n\n", "[|a]" },
        { "data:a\n\ndata:  b\n\n", "[|a][| b]" },
        { "event: e\ndata: a\n\n", "[e|a]" },
        { "data: a\nevent: e\n\ndata: b\n\n", "[e|a][|b]" },
        { "event: x\nevent: y\ndata: a\n\n", "[y|a]" },
        { "data: a\r\n\r\ndata: b\r\rdata: c\n\n", "[|a][|b][|c]" },
        { "data: a\r\n\ndata: b\n\r\n", "[|a][|b]" },
        { "\xEF\xBB\xBF"
          "data: a\n\n",
          "[|a]" },
        { "data: a\n\n\xEF\xBB\xBF"
          "data: b\n\n",
          "[|a]" },
        { ": comment\n\n: OPENROUTER PROCESSING\n\ndata: a\n\n", "[|a]" },
        { "data: a\ndata: b\ndata\n\n", "[|a\nb\n]" },
        { "data\n\n", "[|]" },
        { "event: e\n\ndata: a\n\n", "[|a]" },
        { "id: 1\nretry: 5\nother: x\ndata: a\n\n", "[|a]" },
        { "data: a\n", "" }, /* an event that is cut off is none */
        { "data: a:b: c\n\n", "[|a:b: c]" },
        { "\n\n\r\r\n\n", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        str stream = str_of(cases[i].stream);

        for (size_t piece = 1; piece <= stream.len + 1; piece++) {
            AUTO_BUF events = buf_with_limit(4096);
            struct sse_reader reader;

            sse_reader_init(&reader, record, &events);
            for (size_t at = 0; at < stream.len; at += piece) {
                str rest = str_from(stream, at);
                str bytes = { rest.ptr, rest.len < piece ? rest.len : piece };
                assert_int_equal(sse_feed(&reader, bytes, NULL), AGENTOS_OK);
            }
            sse_reader_clear(&reader);
            assert_text(buf_view(&events), str_of(cases[i].events));
        }
    }
}

struct holder {
    struct sse_reader reader;
    buf events;
};

/* Records the event, and stops the reader after those named "h". */
static void record_and_hold(void *user, str event, str data)
{
    struct holder *holder = user;

    record(&holder->events, event, data);
    holder->reader.is_held = str_equal(event, STR("h"));
}

static void a_held_reader_leaves_the_rest_unread(void **state)
{
    static const struct {
        const char *stream, *events, *rest;
    } cases[] = {
        { "event: h\ndata: a\n\ndata: b\n\n", "[h|a]", "data: b\n\n" },
        { "data: a\n\nevent: h\ndata: b\n\n", "[|a][h|b]", "" },
        { "event: h\rdata: a\r\rdata: b\r\r", "[h|a]", "data: b\r\r" },
        { "event: h\r\ndata: a\r\n\r\ndata: b\r\n\r\n", "[h|a]", "\ndata: b\r\n\r\n" },
        { "data: a\n\ndata: b\n\n", "[|a][|b]", "" },
        { "event: h\n\ndata: b\n\n", "[|b]", "" }, /* without data it is no event */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct holder h = { .events = buf_with_limit(4096) };
        str stream = str_of(cases[i].stream);

        sse_reader_init(&h.reader, record_and_hold, &h);
        assert_int_equal(sse_feed(&h.reader, stream, NULL), AGENTOS_OK);
        assert_text(buf_view(&h.events), str_of(cases[i].events));
        str rest = str_from(stream, stream.len - h.reader.unread);
        assert_text(rest, str_of(cases[i].rest));
        assert_int_equal(sse_feed(&h.reader, rest, NULL), AGENTOS_OK);
        assert_int_equal(h.reader.unread, 0);
        assert_true(str_starts(buf_view(&h.events), str_of(cases[i].events)));
        assert_true(rest.len == 0 || h.events.len > strlen(cases[i].events));
        sse_reader_clear(&h.reader);
        buf_clear(&h.events);
    }
}

static void what_is_written_is_read_back(void **state)
{
    AUTO_BUF out = buf_with_limit(256);
    AUTO_BUF events = buf_with_limit(256);
    struct sse_reader reader;

    (void)state;
    sse_append(&out, STR("RunContent"), STR("{}"));
    sse_reader_init(&reader, record, &events);
    assert_int_equal(sse_feed(&reader, buf_view(&out), NULL), AGENTOS_OK);
    sse_reader_clear(&reader);
    assert_text(buf_view(&events), STR("[RunContent|{}]"));
}

static agentos_status feed_repeatedly(const char *piece, size_t len, size_t times, const char *end)
{
    AUTO_BUF events = buf_with_limit(64);
    AUTO_BUF bytes = buf_with_limit(len);
    struct sse_reader reader;
    agentos_status status = AGENTOS_OK;

    while (bytes.len < len)
        buf_append(&bytes, str_of(piece));
    sse_reader_init(&reader, record, &events);
    for (size_t i = 0; i < times && status == AGENTOS_OK; i++)
        status = sse_feed(&reader, buf_view(&bytes), NULL);
    if (status == AGENTOS_OK)
        status = sse_feed(&reader, str_of(end), NULL);
    sse_reader_clear(&reader);
    return status;
}

static void endless_lines_and_events_are_refused(void **state)
{
    (void)state;
    assert_int_equal(feed_repeatedly("x", 1024, 1024, "\n\n"), AGENTOS_OK);
    assert_int_equal(feed_repeatedly("x", 1024, 1025, "\n\n"), AGENTOS_TOO_LARGE);
    assert_int_equal(feed_repeatedly("x", EVENT_LINE_MAX_BYTES, 1, "\n\n"), AGENTOS_OK);
    assert_int_equal(feed_repeatedly("x", EVENT_LINE_MAX_BYTES, 1, "x\n\n"), AGENTOS_TOO_LARGE);
    /* 16 bytes a line, of which 11 are kept */
    assert_int_equal(feed_repeatedly("data: 123456789\n", 1024, 1024, "\n"), AGENTOS_OK);
    assert_int_equal(feed_repeatedly("data: 123456789\n", 1024, 1800, "\n"), AGENTOS_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_written_as_the_contract_has_them),
        cmocka_unit_test(streams_are_read_whatever_the_pieces),
        cmocka_unit_test(a_held_reader_leaves_the_rest_unread),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(endless_lines_and_events_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Events to any number of sinks: each is sent the same bytes, and may leave or come at any time. */
#include "run/stream.h"

#include "unit.h"

enum { SINKS = 3 };

struct reader {
    char heard[64];
    int refusals, ends;
    const char *bytes; /* of the last event */
    /* what to do in on_event */
    struct event_stream *stream;
    const struct reader *removes;
    struct reader *adds;
};

static void on_refused(void *user, const agentos_error *err)
{
    assert_int_equal(err->status, AGENTOS_NOT_FOUND);
    ((struct reader *)user)->refusals++;
}

static void on_end(void *user, const struct run *run)
{
    assert_null(run);
    ((struct reader *)user)->ends++;
}

static void on_event(void *user, const struct run_event *event);
static const struct run_sink sink = { on_refused, on_event, on_end };
static const struct run_sink end_sink = { .on_refused = on_refused, .on_end = on_end };

static void on_event(void *user, const struct run_event *event)
{
    struct reader *reader = user;
    size_t len = strlen(reader->heard);

    (void)snprintf(reader->heard + len, sizeof(reader->heard) - len, "%s", event->name.ptr);
    reader->bytes = event->json.ptr;
    if (reader->removes != NULL)
        stream_remove_sink(reader->stream, reader->removes);
    if (reader->adds != NULL)
        stream_add_sink(reader->stream, &sink, reader->adds);
    reader->adds = NULL;
}

static void send(const struct event_stream *stream, const char *name)
{
    stream_send(stream,
                &(struct run_event){ .name = str_of(name), .json = STR("{}"), .index = -1 });
}

static void every_sink_is_sent_the_same_bytes(void **state)
{
    struct event_stream stream;
    struct reader readers[SINKS] = { 0 };

    (void)state;
    stream_init(&stream);
    assert_false(stream_has_readers(&stream));
    send(&stream, "lost");
    for (int i = 0; i < SINKS; i++)
        stream_add_sink(&stream, &sink, &readers[i]);
    assert_true(stream_has_readers(&stream));
    send(&stream, "a");
    send(&stream, "b");
    stream_end(&stream, NULL);
    for (int i = 0; i < SINKS; i++) {
        assert_string_equal(readers[i].heard, "ab");
        assert_ptr_equal(readers[i].bytes, readers[0].bytes);
        assert_int_equal(readers[i].ends, 1);
        assert_int_equal(readers[i].refusals, 0);
    }
    stream_clear(&stream);
}

static void who_wants_the_end_alone_is_no_reason_to_render(void **state)
{
    struct event_stream stream;
    struct reader reader = { 0 };

    (void)state;
    stream_init(&stream);
    stream_add_sink(&stream, &end_sink, &reader);
    assert_false(stream_has_readers(&stream));
    send(&stream, "a");
    stream_refuse(&stream, &(agentos_error){ .status = AGENTOS_NOT_FOUND });
    assert_string_equal(reader.heard, "");
    assert_int_equal(reader.refusals, 1);
    stream_clear(&stream);
}

/* The one that leaves, or is sent away, inside an event is not called again; the others are. */
static void a_sink_may_leave_inside_an_event(void **state)
{
    for (size_t leaver = 0; leaver < SINKS; leaver++) {
        struct event_stream stream;
        struct reader readers[SINKS] = { 0 };

        (void)state;
        stream_init(&stream);
        for (size_t i = 0; i < SINKS; i++)
            stream_add_sink(&stream, &sink, &readers[i]);
        readers[1].stream = &stream;
        readers[1].removes = &readers[leaver];
        send(&stream, "a");
        send(&stream, "b");
        stream_end(&stream, NULL);
        for (size_t i = 0; i < SINKS; i++) {
            assert_string_equal(readers[i].heard, i != leaver ? "ab" : i == 2 ? "" : "a");
            assert_int_equal(readers[i].ends, i != leaver);
        }
        stream_clear(&stream);
    }
}

static void a_sink_that_comes_later_is_sent_what_follows(void **state)
{
    struct event_stream stream;
    struct reader first = { .stream = &stream }, second = { 0 };

    (void)state;
    stream_init(&stream);
    stream_add_sink(&stream, &sink, &first);
    send(&stream, "a");
    first.adds = &second;
    send(&stream, "b"); /* to the new one, too: it came before the walk was over */
    send(&stream, "c");
    assert_string_equal(first.heard, "abc");
    assert_string_equal(second.heard, "bc");
    stream_remove_sink(&stream, &first);
    stream_remove_sink(&stream, &second);
    assert_false(stream_has_readers(&stream));
    stream_clear(&stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sink_is_sent_the_same_bytes),
        cmocka_unit_test(who_wants_the_end_alone_is_no_reason_to_render),
        cmocka_unit_test(a_sink_may_leave_inside_an_event),
        cmocka_unit_test(a_sink_that_comes_later_is_sent_what_follows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

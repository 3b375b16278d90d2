/* Long answers: parsed away from the loop, which goes on, and read as if they were short. Which
 * thread parses is told by jansson's allocations. */
#include <pthread.h>
#include <stdatomic.h>

#include "json/parse.h"

#include "conversation.h"

#define ANSWER(content) "\"choices\":[{\"index\":0,\"message\":{\"content\":" content "}}]"

static pthread_t home;
static atomic_size_t allocated_here, allocated_elsewhere, freed_here;
static atomic_uint first_takes_us; /* the first allocation elsewhere takes so long */

static void *count_allocation(size_t size)
{
    if (pthread_equal(pthread_self(), home)) {
        atomic_fetch_add(&allocated_here, 1);
    } else if (atomic_fetch_add(&allocated_elsewhere, 1) == 0) {
        (void)usleep(atomic_load(&first_takes_us));
    }
    return malloc(size);
}

static void count_free(void *memory)
{
    if (memory != NULL && pthread_equal(pthread_self(), home))
        atomic_fetch_add(&freed_here, 1);
    free(memory);
}

/* Writes an answer with `count` short values beside `members`, then `rest`. */
static void write_long(buf *out, size_t count, const char *members, const char *rest)
{
    buf_append(out, STR(JSON "{\"pad\":["));
    for (size_t i = 0; i < count; i++)
        buf_append(out, STR("\"some text that nobody reads\","));
    buf_printf(out, "0],%s}%s", members, rest);
    assert_true(buf_ok(out));
}

static void say(buf *answer, enum then then, size_t piece, struct model_run *run)
{
    const struct script script = { buf_view(answer), then, piece };
    struct conversation c = { .scripts = &script, .count = 1, .provider = CHAT };

    home = pthread_self();
    atomic_store(&allocated_here, 0);
    atomic_store(&allocated_elsewhere, 0);
    atomic_store(&freed_here, 0);
    json_set_alloc_funcs(count_allocation, count_free);
    converse(&c, run);
    json_set_alloc_funcs(malloc, free);
    scripted_clear(&c.server);
}

enum { LONG = 20 * 1000 }; /* values: 560 KB */

static void a_long_answer_is_parsed_away_from_the_loop(void **state)
{
    static const struct {
        const char *members, *rest;
        const char *deltas, *message; /* one of them "" */
        enum then then;
        size_t piece;
    } cases[] = {
        { ANSWER("\"Hi\""), "", "[Hi]", "", THEN_CLOSE, 0 },
        { ANSWER("\"Hi\""), "\n \n", "[Hi]", "", THEN_CLOSE, 50 * 1000 },
        { "\"x\":NaN," ANSWER("\"caf\xE9\""), "", "[caf\xEF\xBF\xBD]", "", THEN_CLOSE, 0 },
        { "\"error\":{\"message\":\"boom\"}", "", "", "The model provider failed: boom", THEN_CLOSE,
          0 },
        { "\"a\":nul", "", "", "The model provider's answer is not JSON", THEN_CLOSE, 0 },
        { "\"choices\":[]", "", "", "The model provider's answer is no chat completion", THEN_CLOSE,
          0 },
    };

    (void)state;
    for (EACH(cases, c)) {
        AUTO_BUF answer = buf_with_limit(16 * MiB);
        struct model_run run = { .stream = false };

        write_long(&answer, LONG, c->members, c->rest);
        say(&answer, c->then, c->piece, &run);
        assert_text(buf_view(&run.deltas), str_of(c->deltas));
        assert_string_equal(run.message, c->message);
        assert_int_equal(run.done + run.errors, 1);
        assert_in_range(atomic_load(&allocated_elsewhere), LONG, 8 * LONG);
        assert_in_range(atomic_load(&allocated_here), 0, 100);
        assert_in_range(atomic_load(&freed_here), 0, 100);
        model_run_clear(&run);
    }
}

/* Writes an event with `count` short values beside `members`. */
static void write_event(buf *out, const char *name, size_t count, const char *members)
{
    buf_printf(out, "%sdata: {\"pad\":[", name);
    for (size_t i = 0; i < count; i++)
        buf_append(out, STR("\"some text that nobody reads\","));
    buf_printf(out, "0],%s}\n\n", members);
    assert_true(buf_ok(out));
}

static void a_long_event_is_parsed_away_from_the_loop(void **state)
{
#define PIECE(text) "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text "\"}}]"
    static const struct {
        const char *name, *members, *second; /* second: the members of another long event */
        const char *rest;
        const char *deltas, *message; /* message is "" if the answer is whole */
        enum then then;
        size_t piece;
    } cases[] = {
        { "", PIECE("one"), NULL, CHUNK("two") FINISH DONE, "[one][two]", "", THEN_CLOSE, 0 },
        { "", PIECE("one"), PIECE("two"), CHUNK("3") FINISH DONE, "[one][two][3]", "", THEN_HANG,
          0 },
        { "", PIECE("one"), PIECE("two"), FINISH DONE, "[one][two]", "", THEN_CLOSE, 7000 },
        { "event: error\n", "\"error\":{\"message\":\"boom\"}", NULL, CHUNK("two"), "",
          "The model provider failed: boom", THEN_CLOSE, 0 },
        { "", "\"a\":nul", NULL, CHUNK("two"), "",
          "The model provider sent an event that is not JSON", THEN_CLOSE, 0 },
        { "", PIECE("one"), NULL, "", "[one]",
          "The model provider closed the stream before the answer was complete", THEN_CLOSE, 0 },
    };
    enum { LONG_EVENT = 10 * 1000 }; /* values: 290 KB */

    (void)state;
    for (EACH(cases, c)) {
        AUTO_BUF answer = buf_with_limit(16 * MiB);
        struct model_run run = { .stream = true };

        buf_append(&answer, STR(SSE_OPEN));
        write_event(&answer, c->name, LONG_EVENT, c->members);
        if (c->second != NULL)
            write_event(&answer, c->name, LONG_EVENT, c->second);
        buf_append(&answer, str_of(c->rest));
        say(&answer, c->then, c->piece, &run);
        assert_text(buf_view(&run.deltas), str_of(c->deltas));
        assert_string_equal(run.message, c->message);
        assert_int_equal(run.done + run.errors, 1);
        assert_true(atomic_load(&allocated_elsewhere) >= LONG_EVENT);
        assert_in_range(atomic_load(&allocated_here), 0, 200);
        assert_in_range(atomic_load(&freed_here), 0, 200);
        model_run_clear(&run);
    }
}

/* Values that follow wait until the long one has been read. */
static void what_follows_a_long_value_is_read_after_it(void **state)
{
    AUTO_BUF answer = buf_with_limit(16 * MiB);
    struct model_run run = { .stream = true };

    (void)state;
    write_long(&answer, LONG, "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"one\"}}]", "\n");
    buf_append(&answer, STR("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"two\"}}]}\n"));
    buf_append(&answer,
               STR("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}"));
    say(&answer, THEN_CLOSE, 0, &run);
    assert_text(buf_view(&run.deltas), STR("[one][two]"));
    assert_int_equal(run.done, 1);
    model_run_clear(&run);
}

static void a_call_is_cancelled_during_the_parse(void **state)
{
    static const enum then ends[] = { THEN_CLOSE, THEN_HANG };

    (void)state;
    for (EACH(ends, then)) {
        AUTO_BUF answer = buf_with_limit(16 * MiB);
        struct model_run run = { .stream = false, .cancel_after_ms = 500 };

        atomic_store(&first_takes_us, 900 * 1000);
        write_long(&answer, LONG, ANSWER("\"Hi\""), "");
        say(&answer, *then, 0, &run);
        atomic_store(&first_takes_us, 0);
        assert_int_equal(run.done + run.errors, 0);
        assert_int_equal(run.delta_count, 0);
        assert_true(atomic_load(&allocated_elsewhere) > 0); /* it was under way */
        model_run_clear(&run);
    }
}

/* An answer that is lost behind a long value is a lost one, after that value was read. */
static void an_end_during_the_parse_waits_for_it(void **state)
{
    static const enum then ends[] = { THEN_CLOSE, THEN_RESET };

    (void)state;
    for (EACH(ends, then)) {
        AUTO_BUF answer = buf_with_limit(16 * MiB);
        struct model_run run = { .stream = true };

        atomic_store(&first_takes_us, 100 * 1000);
        write_long(&answer, LONG, "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"one\"}}]",
                   "");
        say(&answer, *then, 0, &run);
        atomic_store(&first_takes_us, 0);
        assert_int_equal(run.done, 0);
        assert_int_equal(run.errors, 1);
        model_run_clear(&run);
    }
}

static void a_short_answer_stays_on_the_loop(void **state)
{
    AUTO_BUF answer = buf_with_limit(MiB);
    struct model_run run = { .stream = false };

    (void)state;
    write_long(&answer, 1000, ANSWER("\"Hi\""), "");
    say(&answer, THEN_CLOSE, 0, &run);
    assert_text(buf_view(&run.deltas), STR("[Hi]"));
    assert_int_equal(atomic_load(&allocated_elsewhere), 0);
    model_run_clear(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_answer_is_parsed_away_from_the_loop),
        cmocka_unit_test(a_long_event_is_parsed_away_from_the_loop),
        cmocka_unit_test(what_follows_a_long_value_is_read_after_it),
        cmocka_unit_test(a_call_is_cancelled_during_the_parse),
        cmocka_unit_test(an_end_during_the_parse_waits_for_it),
        cmocka_unit_test(a_short_answer_stays_on_the_loop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

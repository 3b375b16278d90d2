/* The offline model, as the transcripts have it. */
#include "model_run.h"

static void run_offline(struct model_run *run, const char *content, const char *message)
{
    const struct model_message messages[] = { MESSAGE("system", "First test agent\nBe brief."),
                                              MESSAGE("user", "earlier"),
                                              MESSAGE("assistant", "Echo: earlier"),
                                              MESSAGE("user", message) };
    struct model_options options = { .provider = "offline", .id = "echo", .content = content };
    struct model *model;

    assert_int_equal(model_new(&options, &model, NULL), AGENTOS_OK);
    model_run(run, model, messages, COUNT(messages));
    model_free(model);
}

static void messages_are_echoed_word_by_word(void **state)
{
    static const struct {
        const char *content, *message, *streamed, *whole;
        int64_t input_tokens, output_tokens;
    } cases[] = {
        { NULL, "hello stream", "[Echo:][ hello][ stream]", "[Echo: hello stream]", 10, 3 },
        { NULL, "a  b\n\tc ", "[Echo:][ a][  b][\n\tc ]", "[Echo: a  b\n\tc ]", 11, 4 },
        { NULL, "\xC3\xA9t\xC3\xA9", "[Echo:][ \xC3\xA9t\xC3\xA9]", "[Echo: \xC3\xA9t\xC3\xA9]", 9,
          2 },
        { NULL, "", "[Echo: ]", "[Echo: ]", 8, 1 },
        { NULL, "/failure", "[Echo:][ /failure]", "[Echo: /failure]", 9, 2 },
        { "Always this.", "hello", "[Always][ this.]", "[Always this.]", 9, 2 },
        { "Always", "/fail x", "[Always]", "[Always]", 10, 1 },
        { "", "hello", "", "", 9, 0 },
    };

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        struct model_run run = { .stream = i % 2 == 0 };

        run_offline(&run, cases[i / 2].content, cases[i / 2].message);
        assert_text(buf_view(&run.deltas),
                    str_of(run.stream ? cases[i / 2].streamed : cases[i / 2].whole));
        assert_int_equal(run.done, 1);
        assert_int_equal(run.errors, 0);
        assert_int_equal(run.usage.input_tokens, cases[i / 2].input_tokens);
        assert_int_equal(run.usage.output_tokens, cases[i / 2].output_tokens);
        assert_int_equal(run.usage.total_tokens,
                         cases[i / 2].input_tokens + cases[i / 2].output_tokens);
        model_run_clear(&run);
    }
}

static void a_message_of_several_parts_is_one_text(void **state)
{
    static const struct model_part parts[] = { { MODEL_PART_TEXT, STR_INIT("hel") },
                                               { MODEL_PART_TEXT, STR_INIT("lo you") } };
    static const struct model_message message = { "user", parts, 2 };
    const struct model_options options = { .provider = "offline", .id = "echo" };
    struct model_run run = { .stream = true };
    struct model *model;

    (void)state;
    assert_int_equal(model_new(&options, &model, NULL), AGENTOS_OK);
    model_run(&run, model, &message, 1);
    assert_text(buf_view(&run.deltas), STR("[Echo:][ hello][ you]"));
    assert_int_equal(run.usage.input_tokens, 2);
    model_free(model);
    model_run_clear(&run);
}

static void failures_are_ordered_by_message(void **state)
{
    static const struct {
        const char *message, *text;
    } cases[] = {
        { "/fail boom", "boom" },
        { "/fail  two words ", "two words" },
        { "/fail", "failed as asked" },
        { "/tool add {\"a\": 2}", "tools are not supported yet" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct model_run run = { .stream = true };

        run_offline(&run, NULL, cases[i].message);
        assert_int_equal(run.errors, 1);
        assert_int_equal(run.done, 0);
        assert_int_equal(run.delta_count, 0);
        assert_string_equal(run.type, "RuntimeError");
        assert_string_equal(run.message, cases[i].text);
        model_run_clear(&run);
    }
}

static void slow_answers_take_their_time(void **state)
{
    (void)state;
    for (int stream = 0; stream < 2; stream++) {
        struct model_run run = { .stream = stream != 0 };

        run_offline(&run, NULL, "/slow 3");
        assert_text(buf_view(&run.deltas),
                    stream ? STR("[word1][ word2][ word3]") : STR("[word1 word2 word3]"));
        if (stream)
            assert_true(run.last_ms - run.first_ms >= 100);
        assert_int_equal(run.usage.output_tokens, 3);
        model_run_clear(&run);
    }
}

static void odd_counts_are_one_word(void **state)
{
    static const char *const messages[] = { "/slow", "/slow x", "/slow 0", "/slow -5",
                                            "/slow 99999999999999999999" };

    (void)state;
    for (size_t i = 0; i < COUNT(messages); i++) {
        struct model_run run = { .stream = true };

        run_offline(&run, NULL, messages[i]);
        assert_text(buf_view(&run.deltas), STR("[word1]"));
        model_run_clear(&run);
    }
}

static void very_long_means_a_hundred_words(void **state)
{
    struct model_run run = { .stream = true, .cancel_after_ms = 130 };

    (void)state;
    run_offline(&run, NULL, "tell me a very long story");
    assert_true(run.delta_count >= 1 && run.delta_count <= 3);
    assert_int_equal(run.done + run.errors, 0);
    model_run_clear(&run);
}

static void a_pause_stops_it_at_once_and_loses_nothing(void **state)
{
    static const char *const messages[] = { "a b c d", "/slow 3" };
    static const char *const said[] = { "[Echo:][ a][ b][ c][ d]", "[word1][ word2][ word3]" };

    (void)state;
    for (size_t i = 0; i < COUNT(messages); i++) {
        struct model_run run = { .stream = true, .pauses = 3 };

        run_offline(&run, NULL, messages[i]);
        assert_int_equal(run.pauses, 0);
        assert_int_equal(run.deltas_while_paused, 0);
        assert_text(buf_view(&run.deltas), str_of(said[i]));
        assert_int_equal(run.done, 1);
        model_run_clear(&run);
    }
}

static void a_cancelled_call_is_silent(void **state)
{
    struct model_run run = { .stream = true, .cancels_at_delta = true };

    (void)state;
    run_offline(&run, NULL, "a b c");
    assert_text(buf_view(&run.deltas), STR("[Echo:]"));
    assert_int_equal(run.done + run.errors, 0);
    model_run_clear(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_echoed_word_by_word),
        cmocka_unit_test(a_message_of_several_parts_is_one_text),
        cmocka_unit_test(failures_are_ordered_by_message),
        cmocka_unit_test(slow_answers_take_their_time),
        cmocka_unit_test(odd_counts_are_one_word),
        cmocka_unit_test(very_long_means_a_hundred_words),
        cmocka_unit_test(a_pause_stops_it_at_once_and_loses_nothing),
        cmocka_unit_test(a_cancelled_call_is_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

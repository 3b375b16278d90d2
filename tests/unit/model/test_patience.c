/* How long a provider is waited for: silence, and bytes that say nothing. */
#include "conversation.h"

static void a_silent_provider_is_given_up(void **state)
{
    static const struct script scripts[] = { { STR_INIT(SSE_OPEN DELTA("a")), THEN_HANG, 0 } };
    struct conversation c = { .scripts = scripts,
                              .count = COUNT(scripts),
                              .provider = RESPONSES,
                              .retries = 2,
                              .timeout_s = 1 };
    struct model_run run = { .stream = true };

    (void)state;
    converse(&c, &run);
    assert_int_equal(run.errors, 1);
    assert_string_equal(run.message,
                        "The connection to the model provider was lost: no byte came for too long");
    finish(&c, &run);
}

#define AGAIN(text) THEN_DRIP, sizeof(text) - 1
#define COMMENT     ": wait\n\n"

/* Comments and blanks keep a connection alive, not a call. */
static void a_provider_that_only_keeps_the_connection_open_is_given_up(void **state)
{
    static const struct {
        struct script script;
        bool stream;
        const char *deltas;
    } cases[] = {
        { { STR_INIT(SSE_OPEN COMMENT), AGAIN(COMMENT) }, true, "" },
        { { STR_INIT(SSE_OPEN DELTA("a") COMMENT), AGAIN(COMMENT) }, true, "[a]" },
        { { STR_INIT(JSON "\n"), AGAIN("\n") }, false, "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct conversation c = {
            .scripts = &cases[i].script, .count = 1, .provider = RESPONSES, .idle_ms = 200
        };
        struct model_run run = { .stream = cases[i].stream };

        converse(&c, &run);
        assert_int_equal(run.errors, 1);
        assert_string_equal(
            run.message,
            "The model provider kept the connection open but said nothing for too long");
        assert_text(buf_view(&run.deltas), str_of(cases[i].deltas));
        finish(&c, &run);
    }
}

static void patience_begins_anew_with_every_event(void **state)
{
    static const struct script script = { STR_INIT(SSE_OPEN DELTA("a")), AGAIN(DELTA("a")) };
    struct conversation c = {
        .scripts = &script, .count = 1, .provider = RESPONSES, .idle_ms = 500
    };
    struct model_run run = { .stream = true, .cancel_after_ms = 1000 };

    (void)state;
    converse(&c, &run);
    assert_int_equal(run.errors, 0);
    assert_true(run.last_ms - run.first_ms > 500);
    finish(&c, &run);
}

static void a_slow_reader_does_not_use_up_the_patience(void **state)
{
    static const struct script script = { STR_INIT(SSE_OPEN DELTA("a") COMMENT), AGAIN(COMMENT) };
    struct conversation c = {
        .scripts = &script, .count = 1, .provider = RESPONSES, .idle_ms = 300
    };
    struct model_run run = { .stream = true, .pauses = 1, .pause_ms = 900 };

    (void)state;
    converse(&c, &run);
    assert_int_equal(run.errors, 1);
    assert_true(run.error_ms - run.first_ms >= 900 + 300);
    finish(&c, &run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_provider_is_given_up),
        cmocka_unit_test(a_provider_that_only_keeps_the_connection_open_is_given_up),
        cmocka_unit_test(patience_begins_anew_with_every_event),
        cmocka_unit_test(a_slow_reader_does_not_use_up_the_patience),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

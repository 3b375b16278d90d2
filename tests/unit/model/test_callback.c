/* A model that is a function: what it says arrives in order, and it may fail, be left and be
 * slowed. */
#include <stdatomic.h>

#include "model_run.h"

static atomic_int refused_words;

static agentos_status count_to_three(void *user, const agentos_message *messages, size_t count,
                                     agentos_reply *reply, agentos_error *err)
{
    (void)err;
    assert_string_equal(user, "mine");
    assert_int_equal(count, 2);
    assert_string_equal(messages[1].content, "go");
    assert_int_equal(messages[1].part_count, 1);
    assert_int_equal(messages[1].parts[0].kind, AGENTOS_PART_TEXT);
    assert_string_equal(messages[1].parts[0].text, "go");
    for (const char *word = "123"; *word != '\0'; word++)
        if (!agentos_reply_text(reply, word, 1))
            atomic_fetch_add(&refused_words, 1);
    return AGENTOS_OK;
}

static agentos_status fail_at_once(void *user, const agentos_message *messages, size_t count,
                                   agentos_reply *reply, agentos_error *err)
{
    (void)user, (void)messages, (void)count, (void)reply;
    (void)snprintf(err->message, sizeof(err->message), "out of ideas");
    return AGENTOS_UPSTREAM;
}

static agentos_status say_nonsense(void *user, const agentos_message *messages, size_t count,
                                   agentos_reply *reply, agentos_error *err)
{
    (void)user, (void)messages, (void)count, (void)err;
    assert_false(agentos_reply_text(reply, "\xFF", 1)); /* not UTF-8 */
    assert_true(agentos_reply_text(reply, "", 0));      /* nothing is said, and that is fine */
    return AGENTOS_OK;
}

static agentos_status talk_without_end(void *user, const agentos_message *messages, size_t count,
                                       agentos_reply *reply, agentos_error *err)
{
    static const char words[1024] = "word";

    (void)user, (void)messages, (void)count, (void)err;
    while (agentos_reply_text(reply, words, 4))
        continue;
    return AGENTOS_OK;
}

static void run_callback(struct model_run *run, agentos_model_callback *callback)
{
    const struct model_message messages[] = { MESSAGE("system", "Be."), MESSAGE("user", "go") };
    static char mine[] = "mine";
    const struct model_options options = {
        .provider = "callback", .id = "fn-1", .callback = callback, .callback_user = mine
    };
    struct model *model;

    assert_int_equal(model_new(&options, &model, NULL), AGENTOS_OK);
    assert_string_equal(model_id(model), "fn-1");
    model_run(run, model, messages, COUNT(messages));
    model_free(model);
}

static void what_the_function_says_arrives_in_order(void **state)
{
    struct model_run run = { .stream = true };

    (void)state;
    run_callback(&run, count_to_three);
    assert_text(buf_view(&run.deltas), STR("[1][2][3]"));
    assert_int_equal(run.done, 1);
    assert_int_equal(run.errors, 0);
    model_run_clear(&run);
}

static agentos_status count_parts(void *user, const agentos_message *messages, size_t count,
                                  agentos_reply *reply, agentos_error *err)
{
    (void)user, (void)err;
    assert_int_equal(count, 2);
    assert_string_equal(messages[0].content, "one, two");
    assert_int_equal(messages[0].part_count, 2);
    assert_string_equal(messages[0].parts[0].text, "one");
    assert_string_equal(messages[0].parts[1].text, ", two");
    assert_string_equal(messages[1].content, ""); /* never NULL */
    assert_int_equal(messages[1].part_count, 0);
    assert_true(agentos_reply_text(reply, "yes", 3));
    return AGENTOS_OK;
}

static void the_function_gets_the_parts_and_their_texts_joined(void **state)
{
    static const struct model_part parts[] = { { MODEL_PART_TEXT, STR_INIT("one") },
                                               { MODEL_PART_TEXT, STR_INIT(", two") } };
    static const struct model_message messages[] = { { "user", parts, 2 }, { "user", NULL, 0 } };
    const struct model_options options = { .provider = "callback",
                                           .id = "fn-1",
                                           .callback = count_parts };
    struct model_run run = { .stream = true };
    struct model *model;

    (void)state;
    assert_int_equal(model_new(&options, &model, NULL), AGENTOS_OK);
    model_run(&run, model, messages, COUNT(messages));
    assert_text(buf_view(&run.deltas), STR("[yes]"));
    model_free(model);
    model_run_clear(&run);
}

static void its_failure_is_the_run_s(void **state)
{
    struct model_run run = { .stream = true };

    (void)state;
    run_callback(&run, fail_at_once);
    assert_int_equal(run.done, 0);
    assert_int_equal(run.errors, 1);
    assert_string_equal(run.message, "out of ideas");
    model_run_clear(&run);
}

static void what_is_no_text_is_not_said(void **state)
{
    struct model_run run = { .stream = true };

    (void)state;
    run_callback(&run, say_nonsense);
    assert_int_equal(run.delta_count, 0);
    assert_int_equal(run.done, 1);
    model_run_clear(&run);
}

static void a_paused_reader_hears_nothing_until_resumed(void **state)
{
    struct model_run run = { .stream = true, .pauses = 2 };

    (void)state;
    run_callback(&run, count_to_three);
    assert_text(buf_view(&run.deltas), STR("[1][2][3]"));
    assert_int_equal(run.deltas_while_paused, 0);
    model_run_clear(&run);
}

static void cancel_at_delta(void *user, str text)
{
    struct model_run *run = user;

    (void)text;
    run->delta_count++;
    model_cancel(run->call);
    loop_stop(run->loop);
}

/* By hand, because the function returns later than the call is cancelled: its loop must be there
 * still. */
static void a_cancelled_function_is_told_at_its_next_word(void **state)
{
    static const struct model_events events = { cancel_at_delta, model_run_on_reasoning,
                                                model_run_on_done, model_run_on_error };
    const struct model_message messages[] = { MESSAGE("user", "go") };
    const struct model_options options = { .provider = "callback",
                                           .id = "fn-1",
                                           .callback = talk_without_end };
    struct model_run run = { .stream = true };
    struct model *model;

    (void)state;
    assert_int_equal(loop_new(&run.loop, NULL), AGENTOS_OK);
    assert_int_equal(model_new(&options, &model, NULL), AGENTOS_OK);
    run.call = model_start(model, run.loop, NULL, &(struct model_request){ messages, 1, true },
                           &events, &run);
    loop_run(run.loop);
    model_free(model); /* waits for the function, which ends only because it was told */
    loop_stop(run.loop);
    loop_run(run.loop);
    loop_free(run.loop);
    assert_int_equal(run.delta_count, 1);
    assert_int_equal(run.done + run.errors, 0);
}

static void a_callback_model_needs_a_function(void **state)
{
    const struct model_options options = { .provider = "callback", .id = "fn-1" };
    struct model *model = NULL;

    (void)state;
    assert_int_equal(model_new(&options, &model, NULL), AGENTOS_INVALID);
    assert_null(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_function_says_arrives_in_order),
        cmocka_unit_test(the_function_gets_the_parts_and_their_texts_joined),
        cmocka_unit_test(its_failure_is_the_run_s),
        cmocka_unit_test(what_is_no_text_is_not_said),
        cmocka_unit_test(a_paused_reader_hears_nothing_until_resumed),
        cmocka_unit_test(a_cancelled_function_is_told_at_its_next_word),
        cmocka_unit_test(a_callback_model_needs_a_function),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

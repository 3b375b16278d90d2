/* A run from its session's history to its durable answer: the order of events, what they hold, what
 * is saved, and what a failure looks like. Cancelling is in test_run_cancel.c. */
#include "run_stage.h"

#include "base/limits.h"

/* ---- the straight way ---- */

static void events_come_in_order_and_the_last_only_after_the_save(void **state)
{
    (void)state;
    start_new();
    deliver_letters();
    assert_string_equal(audience.heard, "RunStarted ModelRequestStarted");
    assert_int_equal(stage.calls, 1);
    say("Echo:");
    say(" hello");
    model_is_done();
    assert_string_equal(audience.heard, "RunStarted ModelRequestStarted RunContent RunContent "
                                        "ModelRequestCompleted RunContentCompleted");
    assert_int_equal(audience.ends, 0);
    finish_job(&stage.writing);
    assert_non_null(strstr(audience.heard, " RunCompleted"));
    assert_int_equal(audience.ends, 1);
    assert_int_equal(audience.refusals, 0);
    assert_string_equal(stage.saved_status, "COMPLETED");
}

/* "a,b,c": the names of an object's members, in their order. */
static const char *member_names(const char *json, arena *a)
{
    AUTO_BUF names = buf_with_limit(1024);
    const json_t *object = NULL;
    json_t *value = NULL;
    const char *name = NULL;

    assert_int_equal(json_parse(a, str_of(json), &object, NULL), AGENTOS_OK);
    /* jansson's iteration macro wants to be able to change what it walks. */
    AUTO(json_t) *copy = json_deep_copy(object);
    json_object_foreach(copy, name, value)
        buf_printf(&names, "%s%s", names.len > 0 ? "," : "", name);
    return arena_copy(a, buf_view(&names));
}

#define EVERY_EVENT "created_at,event,agent_id,agent_name,run_id,session_id,nested_depth"

static void members_stand_in_the_contracts_order(void **state)
{
    arena *a = arena_new();

    (void)state;
    start_new();
    deliver_letters();
    assert_string_equal(member_names(audience.last, a), EVERY_EVENT ",model,model_provider");
    say("Echo: hello");
    assert_string_equal(member_names(audience.last, a),
                        EVERY_EVENT ",content,workflow_agent,content_type,reasoning_content");
    model_is_done();
    assert_string_equal(member_names(audience.last, a), EVERY_EVENT);
    finish_job(&stage.writing);
    assert_string_equal(member_names(audience.last, a),
                        EVERY_EVENT ",content,content_type,session_state,metrics");
    assert_string_equal(
        member_names(audience.object, a),
        "run_id,agent_id,agent_name,session_id,user_id,content,content_type,model,"
        "model_provider,session_state,created_at,status,metrics,messages,tools,input");
    assert_string_equal(
        member_names(stage.saved_object, a),
        "run_id,agent_id,agent_name,session_id,user_id,content,content_type,model,"
        "model_provider,session_state,created_at,status,metrics,events,messages,input");
    arena_free(a);
}

/* ---- the events that are kept ---- */

static void finish_with(const char *said)
{
    start_new();
    deliver_letters();
    say(said);
    model_is_done();
    finish_job(&stage.writing);
}

static void what_was_told_is_kept_but_for_the_deltas(void **state)
{
    (void)state;
    finish_with("Echo: hello");
    assert_string_equal(stage.saved_events, "RunStarted ModelRequestStarted ModelRequestCompleted "
                                            "RunContentCompleted RunCompleted");
    /* The last one as the client hears it. */
    const char *result = strstr(audience.last, "\"session_state\"");
    assert_non_null(result);
    assert_non_null(strstr(stage.saved_object, result));
}

static void of_a_run_that_fails_the_last_event_kept_says_so(void **state)
{
    (void)state;
    start_new();
    deliver_letters();
    stage.call.events->on_error(stage.call.user, "ModelProviderError", "The model is gone");
    finish_job(&stage.writing);
    assert_string_equal(stage.saved_events, "RunStarted ModelRequestStarted RunError");
}

/* Kept whether anybody heard them or not. */
static void of_a_run_that_is_cancelled_likewise(void **state)
{
    (void)state;
    start_new();
    deliver_letters();
    cancel_run(true);
    finish_job(&stage.writing);
    assert_string_equal(stage.saved_events,
                        "RunStarted ModelRequestStarted RunCancelled RunCompleted");
}

static void no_events_are_kept_unless_they_are_asked_for(void **state)
{
    (void)state;
    stage.without_events = true;
    finish_with("Echo: hello");
    assert_string_equal(stage.saved_events, "");
    assert_non_null(strstr(stage.saved_object, "\"events\":[]"));
}

static void of_a_very_long_answer_no_events_are_kept(void **state)
{
    arena *a = arena_new();
    char *text = arena_alloc(a, RUN_EVENTS_MAX_BYTES + 1);

    (void)state;
    finish_with(memset(text, 'x', RUN_EVENTS_MAX_BYTES));
    assert_string_equal(stage.saved_status, "COMPLETED");
    assert_string_equal(stage.saved_events, "");
    arena_free(a);
}

/* ---- metrics ---- */

static void finish_without_counts(void)
{
    start_new();
    deliver_letters();
    say("Echo: hello");
    stage.call.is_over = true;
    stage.call.events->on_done(stage.call.user,
                               &(struct model_answer){ .usage = { .input_tokens = 9 } });
}

/* Metrics leave out what is zero; the event of the model's answer shows it. */
static void metrics_leave_out_counts_of_zero(void **state)
{
    (void)state;
    finish_without_counts();
    assert_string_equal(audience.heard, "RunStarted ModelRequestStarted RunContent "
                                        "ModelRequestCompleted RunContentCompleted");
    assert_non_null(
        strstr(audience.before_last, "\"input_tokens\":9,\"output_tokens\":0,\"total_tokens\":0,"));
    assert_non_null(strstr(audience.before_last, "\"reasoning_tokens\":0,\"cache_read_tokens\":0,"
                                                 "\"cache_write_tokens\":0}"));
    finish_job(&stage.writing);
    assert_non_null(
        strstr(audience.last, "\"metrics\":{\"input_tokens\":9,\"time_to_first_token\":"));
    assert_non_null(strstr(audience.last, "\"details\":{\"model\":[{\"input_tokens\":9,"
                                          "\"id\":\"echo-1\",\"provider\":\"Echo\"}]}"));
    assert_non_null(strstr(stage.saved_object, "\"role\":\"assistant\",\"metrics\":{"
                                               "\"input_tokens\":9,\"time_to_first_token\":"));
    assert_non_null(strstr(audience.object, "\"role\":\"assistant\",\"metrics\":{"
                                            "\"input_tokens\":9,\"time_to_first_token\":"));
}

static void an_empty_answer_is_an_answer(void **state)
{
    (void)state;
    start_new();
    deliver_letters();
    model_is_done();
    finish_job(&stage.writing);
    assert_string_equal(stage.saved_status, "COMPLETED");
    assert_non_null(strstr(audience.object, "\"content\":\"\""));
}

/* ---- reasoning ---- */

/* A piece of reasoning is a RunContent without content, as in agno; the whole of it stands in the
 * last event, in the run and in its message. */
static void reasoning_is_in_its_events_in_the_run_and_in_its_message(void **state)
{
    arena *a = arena_new();

    (void)state;
    start_new();
    deliver_letters();
    think("I \"th");
    assert_string_equal(member_names(audience.last, a),
                        EVERY_EVENT ",workflow_agent,content_type,reasoning_content");
    assert_non_null(strstr(audience.last, "\"reasoning_content\":\"I \\\"th\"}"));
    think("ink");
    say("Hi");
    assert_non_null(strstr(audience.last, "\"content\":\"Hi\",\"workflow_agent\":false,"
                                          "\"content_type\":\"str\",\"reasoning_content\":\"\"}"));
    model_is_done();
    finish_job(&stage.writing);
    assert_string_equal(audience.heard,
                        "RunStarted ModelRequestStarted RunContent RunContent RunContent "
                        "ModelRequestCompleted RunContentCompleted RunCompleted");
    assert_non_null(strstr(audience.last,
                           "\"content\":\"Hi\",\"content_type\":\"str\","
                           "\"reasoning_content\":\"I \\\"think\",\"session_state\":"));
    for (int i = 0; i < 2; i++) {
        const char *object = i == 0 ? audience.object : stage.saved_object;

        assert_non_null(strstr(object, "\"content\":\"Hi\",\"content_type\":\"str\","
                                       "\"reasoning_content\":\"I \\\"think\",\"model\":"));
        assert_non_null(strstr(object, "\"content\":\"Hi\",\"reasoning_content\":\"I \\\"think\","
                                       "\"from_history\":false"));
    }
    arena_free(a);
}

/* Reasoning is kept where no answer followed it: after a cancellation, an error, or an empty
 * answer.
 */
static void reasoning_without_an_answer_is_kept(void **state)
{
    static const struct {
        const char *status, *content;
    } ends[] = { { "COMPLETED", "\"content\":\"\",\"content_type\"" },
                 { "CANCELLED", " was cancelled\",\"content_type\"" },
                 { "ERROR", "\"content\":\"boom\",\"content_type\"" } };

    for (EACH(ends, end)) {
        (void)close_stage(state);
        (void)open_stage(state);
        start_new();
        deliver_letters();
        think("Hm");
        if (end == &ends[0])
            model_is_done();
        else if (end == &ends[1])
            run_cancel(audience.run, RUN_CANCEL_ASKED);
        else
            stage.call.events->on_error(stage.call.user, "ModelProviderError", "boom");
        finish_job(&stage.writing);
        assert_string_equal(stage.saved_status, end->status);
        assert_non_null(strstr(stage.saved_object, end->content));
        assert_non_null(strstr(stage.saved_object, "\"reasoning_content\":\"Hm\",\"model\":"));
        assert_non_null(
            strstr(stage.saved_object, "\"content\":\"\",\"reasoning_content\":\"Hm\""));
    }
}

static void what_was_not_thought_is_not_shown(void **state)
{
    (void)state;
    start_new();
    deliver_letters();
    say("Hi");
    model_is_done();
    finish_job(&stage.writing);
    assert_null(strstr(audience.last, "reasoning_content"));
    assert_null(strstr(audience.object, "reasoning_content"));
    assert_null(strstr(stage.saved_object, "reasoning_content"));
}

/* ---- sessions ---- */

static void a_foreign_session_is_refused_before_any_event(void **state)
{
    (void)state;
    stage.prepare_status = AGENTOS_NOT_FOUND;
    start("s1", NULL);
    finish_job(&stage.reading);
    assert_int_equal(audience.refusals, 1);
    assert_int_equal(audience.refusal.status, AGENTOS_NOT_FOUND);
    assert_string_equal(audience.refusal.message, "Session not found");
    assert_int_equal(audience.ends, 0);
    assert_string_equal(audience.heard, "");
    assert_int_equal(stage.saves, 0);
}

static void history_goes_to_the_model_but_not_into_the_stored_run(void **state)
{
    (void)state;
    stage.stored_run =
        "[{\"id\":\"m0\",\"role\":\"system\",\"parts\":[{\"type\":\"text\",\"text\":\"old\"}]},"
        "{\"id\":\"m1\",\"role\":\"user\",\"parts\":[{\"type\":\"input\"}],\"created_at\":1},"
        "{\"id\":\"m2\",\"role\":\"assistant\",\"parts\":[{\"type\":\"text\",\"text\":"
        "\"Echo: before\"}]},"
        "{\"id\":\"m3\",\"role\":\"assistant\"}, 5]";
    start("s1", NULL);
    finish_job(&stage.reading);
    assert_string_equal(stage.prompt, "system:First test agent\nBe brief.|user:before|"
                                      "assistant:Echo: before|user:hello|");
    say("Echo: hello");
    model_is_done();
    finish_job(&stage.writing);
    assert_non_null(strstr(audience.object, "\"content\":\"before\",\"from_history\":true"));
    assert_null(strstr(stage.saved_object, "before"));
    assert_non_null(strstr(stage.saved_object, "Echo: hello"));
}

static void a_stored_run_that_is_no_json_is_our_defect(void **state)
{
    (void)state;
    stage.stored_run = "{";
    start("s1", NULL);
    finish_job(&stage.reading);
    assert_int_equal(audience.refusal.status, AGENTOS_INTERNAL);
}

static void the_requests_state_goes_over_the_sessions_member_by_member(void **state)
{
    (void)state;
    stage.stored_state = "{\"a\":{\"x\":1,\"y\":1},\"b\":0}";
    start("s1", "{\"a\":{\"y\":2},\"c\":3}");
    finish_job(&stage.reading);
    model_is_done();
    finish_job(&stage.writing);
    assert_string_equal(stage.saved_state, "{\"a\":{\"x\":1,\"y\":2},\"b\":0,\"c\":3}");
}

/* ---- failures ---- */

static void a_state_that_grew_too_large_is_refused_before_the_model_is_asked(void **state)
{
    arena *a = arena_new();
    char *grown = arena_printf(a, "{\"k\":\"%*s\"}", SESSION_STATE_MAX_BYTES, "");

    (void)state;
    stage.stored_state = "{\"a\":1}";
    start("s1", grown);
    finish_job(&stage.reading);
    assert_int_equal(audience.refusals, 1);
    assert_int_equal(audience.refusal.status, AGENTOS_TOO_LARGE);
    assert_int_equal(stage.calls, 0);
    arena_free(a);
}

static void a_stored_state_that_is_no_json_is_our_defect(void **state)
{
    (void)state;
    stage.stored_state = "{\"a\":";
    start("s1", NULL);
    finish_job(&stage.reading);
    assert_int_equal(audience.refusal.status, AGENTOS_INTERNAL);
}

static void a_failing_model_is_a_run_with_status_error(void **state)
{
    (void)state;
    start_new();
    deliver_letters();
    say("par");
    stage.call.is_over = true;
    stage.call.events->on_error(stage.call.user, "ModelProviderError", "boom");
    finish_job(&stage.writing);
    assert_string_equal(stage.saved_status, "ERROR");
    assert_string_equal(audience.heard, "RunStarted ModelRequestStarted RunContent RunError");
    assert_non_null(
        strstr(audience.last, "\"content\":\"boom\",\"error_type\":\"ModelProviderError\""));
    assert_false(audience.has_storage_error);
}

static void what_went_wrong_in_the_database_is_not_told(void **state)
{
    (void)state;
    stage.save_status = AGENTOS_INTERNAL;
    start_new();
    deliver_letters();
    model_is_done();
    finish_job(&stage.writing);
    assert_true(audience.has_storage_error);
    assert_non_null(strstr(audience.heard, "RunContentCompleted RunError"));
    assert_null(strstr(audience.last, "disk"));
    assert_non_null(strstr(audience.last, "Internal server error"));
}

static size_t unsaved;

static void count_unsaved(void *user, const struct run *run)
{
    assert_ptr_equal(user, &services);
    assert_string_equal(run_storage_error(run)->message, "disk I/O error at page 7");
    assert_int_equal(run_status(run), RUN_STATUS_ERROR);
    unsaved++;
}

static void a_failed_save_is_told_even_when_the_client_has_left(void **state)
{
    (void)state;
    unsaved = 0;
    services.on_over = count_unsaved;
    services.user = &services;
    stage.save_status = AGENTOS_UNAVAILABLE;
    start_new();
    deliver_letters();
    cancel_run(true);
    finish_job(&stage.writing);
    assert_int_equal(unsaved, 1);
    assert_int_equal(audience.ends, 0);
}

static void an_endless_answer_is_cut_at_the_limit(void **state)
{
    static char piece[64 * 1024];

    (void)state;
    memset(piece, 'x', sizeof(piece) - 1);
    start_new();
    deliver_letters();
    audience.last[0] = '\0';
    for (int i = 0; i < 1000 && !stage.call.is_cancelled; i++)
        say(piece);
    assert_true(stage.call.is_cancelled);
    finish_job(&stage.writing);
    assert_string_equal(stage.saved_status, "ERROR");
    assert_non_null(strstr(audience.last, "longer than this server accepts"));
}

/* ---- back-pressure ---- */

static void a_reader_that_is_slow_from_the_start_pauses_the_model(void **state)
{
    (void)state;
    start_new();
    run_pause_output(audience.run);
    deliver_letters();
    assert_int_equal(stage.call.pauses, 1);
    run_resume_output(audience.run);
    assert_int_equal(stage.call.pauses, 0);
    model_is_done();
    run_pause_output(audience.run); /* nothing to pause any more */
    run_resume_output(audience.run);
    finish_job(&stage.writing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(events_come_in_order_and_the_last_only_after_the_save),
        ON_STAGE(members_stand_in_the_contracts_order),
        ON_STAGE(what_was_told_is_kept_but_for_the_deltas),
        ON_STAGE(of_a_run_that_fails_the_last_event_kept_says_so),
        ON_STAGE(of_a_run_that_is_cancelled_likewise),
        ON_STAGE(no_events_are_kept_unless_they_are_asked_for),
        ON_STAGE(of_a_very_long_answer_no_events_are_kept),
        ON_STAGE(metrics_leave_out_counts_of_zero),
        ON_STAGE(an_empty_answer_is_an_answer),
        ON_STAGE(reasoning_is_in_its_events_in_the_run_and_in_its_message),
        ON_STAGE(reasoning_without_an_answer_is_kept),
        ON_STAGE(what_was_not_thought_is_not_shown),
        ON_STAGE(a_foreign_session_is_refused_before_any_event),
        ON_STAGE(history_goes_to_the_model_but_not_into_the_stored_run),
        ON_STAGE(a_stored_run_that_is_no_json_is_our_defect),
        ON_STAGE(the_requests_state_goes_over_the_sessions_member_by_member),
        ON_STAGE(a_state_that_grew_too_large_is_refused_before_the_model_is_asked),
        ON_STAGE(a_stored_state_that_is_no_json_is_our_defect),
        ON_STAGE(a_failing_model_is_a_run_with_status_error),
        ON_STAGE(what_went_wrong_in_the_database_is_not_told),
        ON_STAGE(a_failed_save_is_told_even_when_the_client_has_left),
        ON_STAGE(an_endless_answer_is_cut_at_the_limit),
        ON_STAGE(a_reader_that_is_slow_from_the_start_pauses_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

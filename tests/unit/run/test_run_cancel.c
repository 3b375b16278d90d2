/* Cancelling a run: in every state, by everyone who may, however late. The sanitizer sees whether
 * the run is released once. */
#include "run_stage.h"

enum moment { BEFORE_LOADING, WHILE_CALLING, AFTER_A_DELTA, WHILE_SAVING, MOMENTS };
enum way { BY_FORGETTING, BY_ASKING, FROM_ELSEWHERE, WAYS };

static void cancel(enum way way)
{
    if (way == FROM_ELSEWHERE) {
        assert_int_equal(cancel_from_elsewhere(), RUN_CANCEL_POSTED);
        assert_int_equal(cancel_from_elsewhere(), RUN_CANCEL_POSTED); /* again changes nothing */
        return;
    }
    cancel_run(way == BY_FORGETTING);
    cancel_run(way == BY_FORGETTING);
}

static void play(enum moment moment, enum way way, bool letters_late)
{
    start("s1", NULL);
    if (moment == BEFORE_LOADING)
        cancel(way);
    if (!letters_late)
        deliver_letters();
    finish_job(&stage.reading);
    if (moment == WHILE_CALLING || moment == AFTER_A_DELTA) {
        if (moment == AFTER_A_DELTA)
            say("Echo:");
        cancel(way);
    }
    if (!letters_late)
        deliver_letters();
    if (stage.writing == NULL)
        model_is_done();
    if (moment == WHILE_SAVING)
        cancel(way);
    if (!letters_late)
        deliver_letters();
    finish_job(&stage.writing);
    deliver_letters();
}

/* Only what somebody asked for has a stage. */
static void check_stage(bool is_asked_for)
{
    const char *stage_member =
        "\"status\":\"CANCELLED\",\"cancellation_stage\":\"EXECUTING\",\"metrics\":";

    assert_int_equal(strstr(stage.saved_object, stage_member) != NULL, is_asked_for);
    assert_int_equal(strstr(stage.saved_object, "cancellation_stage") != NULL, is_asked_for);
}

static void check_cancelled(enum moment moment, enum way way, bool late)
{
    bool in_time = moment != WHILE_SAVING && !(way == FROM_ELSEWHERE && late);

    play(moment, way, late);
    assert_string_equal(stage.saved_status, in_time ? "CANCELLED" : "COMPLETED");
    assert_int_equal(stage.saves, 1);
    assert_int_equal(audience.ends, way != BY_FORGETTING);
    assert_int_equal(stage.call.is_cancelled,
                     in_time && (moment == WHILE_CALLING || moment == AFTER_A_DELTA));
    if (way != BY_FORGETTING) {
        assert_non_null(strstr(audience.heard, " RunCompleted"));
        assert_int_equal(strstr(audience.heard, " RunCancelled RunCompleted") != NULL, in_time);
    }
    check_stage(in_time && way != BY_FORGETTING);
    if (way == BY_FORGETTING && moment == BEFORE_LOADING)
        assert_string_equal(audience.heard, "");
}

static void a_run_can_be_cancelled_in_every_state_in_every_way(void **state)
{
    for (int moment = 0; moment < MOMENTS; moment++)
        for (int way = 0; way < WAYS; way++)
            for (int late = 0; late < 2; late++) {
                (void)open_stage(state);
                check_cancelled((enum moment)moment, (enum way)way, late != 0);
                (void)close_stage(state);
            }
}

static void what_was_said_before_a_cancellation_is_kept(void **state)
{
    (void)state;
    start_new();
    deliver_letters();
    say("Echo:");
    cancel_run(false);
    finish_job(&stage.writing);
    assert_non_null(strstr(stage.saved_object, "\"content\":\"Echo:\""));
    assert_non_null(strstr(stage.saved_object, "\"content\":\"Echo:\",\"from_history\":false,"
                                               "\"stop_after_tool_call\":false,"
                                               "\"role\":\"assistant\",\"created_at\":"));
    assert_non_null(strstr(audience.before_last, "\"content\":\"Echo:\",\"reason\":\"Run "));
    assert_non_null(strstr(audience.last, "\"event\":\"RunCompleted\""));
    assert_non_null(strstr(audience.last, "\"content\":\"Echo:\",\"content_type\":\"str\","));
    /* How many tokens it took is not known, and is not made up. */
    assert_non_null(strstr(audience.last, "\"metrics\":{\"time_to_first_token\":"));
    assert_null(strstr(audience.last, "tokens\""));
    assert_null(strstr(audience.last, "details"));
}

static void without_an_answer_the_reason_stands_in_its_place(void **state)
{
    char reason[64];

    (void)state;
    start_new();
    deliver_letters();
    (void)snprintf(reason, sizeof(reason), "\"content\":\"Run %s was cancelled\"",
                   run_id(audience.run));
    cancel_run(false);
    finish_job(&stage.writing);
    assert_non_null(strstr(audience.before_last, reason));
    assert_non_null(strstr(audience.last, reason));
    assert_non_null(strstr(stage.saved_object, reason));
    assert_non_null(strstr(audience.last, "\"metrics\":{\"duration\":"));
}

/* A run that ended while its cancellation was on the way waits for the letter. */
static void a_letter_may_arrive_after_the_end(void **state)
{
    (void)state;
    start_new();
    deliver_letters();
    model_is_done();
    assert_int_equal(cancel_from_elsewhere(), RUN_CANCEL_POSTED);
    finish_job(&stage.writing);
    assert_int_equal(audience.ends, 1);
    assert_int_equal(busy.count, 1);
    deliver_letters();
    assert_int_equal(busy.count, 0);
    assert_int_equal(audience.ends, 1);
}

static void a_refused_run_waits_for_its_letter_too(void **state)
{
    (void)state;
    stage.prepare_status = AGENTOS_NOT_FOUND;
    start("s1", NULL);
    assert_int_equal(cancel_from_elsewhere(), RUN_CANCEL_POSTED);
    finish_job(&stage.reading);
    assert_int_equal(audience.refusals, 1);
    assert_int_equal(busy.count, 1);
    deliver_letters();
}

static void a_finished_run_is_in_flight_no_more(void **state)
{
    char id[UUID_SIZE];

    (void)state;
    start_new();
    deliver_letters();
    model_is_done();
    (void)snprintf(id, sizeof(id), "%s", run_id(audience.run));
    finish_job(&stage.writing);
    assert_int_equal(
        run_index_cancel(services.index, &(struct run_claim){ .run_id = str_of(id),
                                                              .agent_id = STR("alpha"),
                                                              .owner.everyone = true }),
        RUN_NOT_IN_FLIGHT);
}

/* A sink may cancel from inside any event. */
static void cancelling_from_inside_an_event_is_safe(void **state)
{
    for (int event = 0; event < RUN_EVENT_COUNT; event++)
        for (int forgets = 0; forgets < 2; forgets++) {
            (void)open_stage(state);
            audience.cancel_at = event;
            audience.forgets = forgets != 0;
            start_new();
            deliver_letters();
            if (stage.writing == NULL)
                say("Echo:");
            if (stage.writing == NULL)
                model_is_done();
            finish_job(&stage.writing);
            assert_int_equal(stage.saves, 1);
            assert_string_equal(stage.saved_status,
                                event <= RUN_CONTENT ? "CANCELLED" : "COMPLETED");
            (void)close_stage(state);
        }
}

static void a_client_that_left_hears_no_refusal(void **state)
{
    (void)state;
    stage.prepare_status = AGENTOS_NOT_FOUND;
    start("s1", NULL);
    cancel_run(true);
    finish_job(&stage.reading);
    assert_int_equal(audience.refusals + audience.ends, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(a_client_that_left_hears_no_refusal),
        cmocka_unit_test(a_run_can_be_cancelled_in_every_state_in_every_way),
        ON_STAGE(what_was_said_before_a_cancellation_is_kept),
        ON_STAGE(without_an_answer_the_reason_stands_in_its_place),
        ON_STAGE(a_letter_may_arrive_after_the_end),
        ON_STAGE(a_refused_run_waits_for_its_letter_too),
        ON_STAGE(a_finished_run_is_in_flight_no_more),
        cmocka_unit_test(cancelling_from_inside_an_event_is_safe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

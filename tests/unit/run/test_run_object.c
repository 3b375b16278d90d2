/* The run object from plain data: as an engine or a reader of the database fills it in. */
#include "run/run_object.h"

#include "unit.h"

static const struct model_part question = { MODEL_PART_TEXT, STR_INIT("hello") };
static const struct model_part answer[] = { { MODEL_PART_TEXT, STR_INIT("Echo: ") },
                                            { MODEL_PART_TEXT, STR_INIT("hello") } };
static const struct run_message messages[] = {
    { .id = "m0", .body = { "user", &question, 1 }, .created_at = 1, .from_history = true },
    { .id = "m1", .body = { "user", &question, 1 }, .created_at = 2 },
    { .id = "m2",
      .body = { "assistant", answer, COUNT(answer) },
      .created_at = 3,
      .has_metrics = true,
      .usage = { .total_tokens = 7, .cache_read_tokens = 5 },
      .time_to_first_token = 0.25 },
};

static struct run_object object_of(enum run_status status)
{
    return (struct run_object){ .run_id = "r1",
                                .session_id = "s1",
                                .agent_id = "alpha",
                                .input = "hello",
                                .content = "Echo: hello",
                                .model_id = "echo-1",
                                .model_provider = "Echo",
                                .session_state = STR("{\"a\":1}"),
                                .metadata = STR("{\"k\":2}"),
                                .created_at = 2,
                                .status = status,
                                .usage = { .total_tokens = 7, .cache_read_tokens = 5 },
                                .has_first_token = true,
                                .has_details = status != RUN_STATUS_CANCELLED,
                                .time_to_first_token = 0.5,
                                .duration = 1.5,
                                .messages = messages,
                                .message_count = COUNT(messages) };
}

#define HEAD(more)                                                                                 \
    "{\"run_id\":\"r1\",\"agent_id\":\"alpha\",\"session_id\":\"s1\",\"content\":\"Echo: hello\"," \
    "\"content_type\":\"str\",\"model\":\"echo-1\",\"model_provider\":\"Echo\","                   \
    "\"session_state\":{\"a\":1},\"created_at\":2,\"status\":" more
#define METRICS                                                                             \
    ",\"metrics\":{\"total_tokens\":7,\"cache_read_tokens\":5,\"time_to_first_token\":0.5," \
    "\"duration\":1.5,\"details\":{\"model\":[{\"total_tokens\":7,\"id\":\"echo-1\","       \
    "\"provider\":\"Echo\"}]}}"
#define EARLIER                                                   \
    "{\"id\":\"m0\",\"content\":\"hello\",\"from_history\":true," \
    "\"stop_after_tool_call\":false,\"role\":\"user\",\"created_at\":1},"
#define OWN                                                                                  \
    "{\"id\":\"m1\",\"content\":\"hello\",\"from_history\":false,"                           \
    "\"stop_after_tool_call\":false,\"role\":\"user\",\"created_at\":2},"                    \
    "{\"id\":\"m2\",\"content\":\"Echo: hello\",\"from_history\":false,"                     \
    "\"stop_after_tool_call\":false,\"role\":\"assistant\",\"metrics\":{\"total_tokens\":7," \
    "\"cache_read_tokens\":5,\"time_to_first_token\":0.25},\"created_at\":3}]"
#define TAIL(tools) ",\"metadata\":{\"k\":2}" tools ",\"input\":{\"input_content\":\"hello\"}}"

static void assert_object(const struct run_object *object, enum run_shape shape, str expected)
{
    AUTO_BUF text = buf_with_limit(4096);

    run_object_write(object, shape, &(writer){ .out = &text });
    assert_text(buf_view(&text), expected);
}

static void a_reply_has_the_history_and_a_stored_run_the_events(void **state)
{
    struct run_object object = object_of(RUN_STATUS_COMPLETED);

    (void)state;
    assert_object(
        &object, RUN_SHAPE_REPLY,
        STR(HEAD("\"COMPLETED\"") METRICS ",\"messages\":[" EARLIER OWN TAIL(",\"tools\":[]")));
    assert_object(&object, RUN_SHAPE_STORED,
                  STR(HEAD("\"COMPLETED\"") METRICS ",\"events\":[],\"messages\":[" OWN TAIL("")));
    object.events = STR("[{\"event\":\"RunStarted\"}]");
    assert_object(&object, RUN_SHAPE_STORED,
                  STR(HEAD("\"COMPLETED\"") METRICS
                      ",\"events\":[{\"event\":\"RunStarted\"}],\"messages\":[" OWN TAIL("")));
}

static void a_run_that_was_cancelled_has_a_stage_and_no_details(void **state)
{
    struct run_object object = object_of(RUN_STATUS_CANCELLED);

    (void)state;
    object.stage = RUN_STAGE_EXECUTING;
    object.usage = (struct model_usage){ 0 };
    object.message_count = 0;
    assert_object(
        &object, RUN_SHAPE_STORED,
        STR(HEAD("\"CANCELLED\",\"cancellation_stage\":\"EXECUTING\","
                 "\"metrics\":{\"time_to_first_token\":0.5,\"duration\":1.5}") ",\"events\":[],"
                                                                               "\"messages\":["
                                                                               "]" TAIL("")));
}

static void without_a_first_token_there_is_a_duration_alone(void **state)
{
    struct run_object object = object_of(RUN_STATUS_ERROR);

    (void)state;
    object.has_first_token = false;
    object.message_count = 0;
    object.metadata = STR("");
    assert_object(
        &object, RUN_SHAPE_REPLY,
        STR(HEAD("\"ERROR\",\"metrics\":{\"duration\":1.5}") ",\"messages\":[],\"input\":{\"input_"
                                                             "content\":\"hello\"}}"));
}

static void every_status_has_a_word_and_every_word_a_status(void **state)
{
    enum run_status status = RUN_STATUS_PAUSED;

    (void)state;
    for (int i = 0; i < RUN_STATUS_COUNT; i++) {
        assert_true(run_status_parse(str_of(run_status_word((enum run_status)i)), &status));
        assert_int_equal(status, i);
    }
    assert_true(run_status_parse(STR("completed"), &status));
    assert_string_equal(run_status_word(status), "COMPLETED");
    assert_false(run_status_parse(STR(""), &status));
    assert_false(run_status_parse(STR("COMPLETE"), &status));
    assert_int_equal(status, RUN_STATUS_COMPLETED);
    assert_null(run_stage_word(RUN_STAGE_NONE));
    assert_string_equal(run_stage_word(RUN_STAGE_EXECUTING), "EXECUTING");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_has_the_history_and_a_stored_run_the_events),
        cmocka_unit_test(a_run_that_was_cancelled_has_a_stage_and_no_details),
        cmocka_unit_test(without_a_first_token_there_is_a_duration_alone),
        cmocka_unit_test(every_status_has_a_word_and_every_word_a_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

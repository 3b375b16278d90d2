/* From a stored row to the object that GET answers: what the reference answered for the same runs,
 * and what each kind of end shows. */
#include "run/run_row_object.h"

#include "base/mem.h"
#include "unit.h"

static const struct run_row row = {
    .run_id = "r1",
    .session_id = "s1",
    .type = COMPONENT_AGENT,
    .component_id = "alpha",
    .component_name = "Alpha",
    .issuer = "",
    .user_id = "ann",
    .status = "COMPLETED",
    .input = "hello",
    .content = "Echo: hello",
    .metrics = "{\"input_tokens\":6,\"total_tokens\":6,\"time_to_first_token\":0.001,"
               "\"duration\":0.002,\"by_model\":true}",
    .messages =
        "[{\"id\":\"m1\",\"role\":\"system\",\"created_at\":7,"
        "\"parts\":[{\"type\":\"text\",\"text\":\"Be brief.\"}]},"
        "{\"id\":\"m2\",\"role\":\"user\",\"created_at\":7,\"parts\":[{\"type\":\"input\"}]},"
        "{\"id\":\"m3\",\"role\":\"assistant\",\"created_at\":8,"
        "\"parts\":[{\"type\":\"content\"}],"
        "\"metrics\":{\"input_tokens\":6,\"total_tokens\":6,"
        "\"time_to_first_token\":0.0005}}]",
    .session_state = "{\"k\":1}",
    .model_id = "echo-1",
    .model_provider = "Echo",
    .input_tokens = 6,
    .total_tokens = 6,
    .created_at = 7,
};

#define HEAD                                                                                    \
    "{\"run_id\":\"r1\",\"agent_id\":\"alpha\",\"agent_name\":\"Alpha\",\"session_id\":\"s1\"," \
    "\"user_id\":\"ann\","
#define METRICS                                                                          \
    "\"metrics\":{\"input_tokens\":6,\"total_tokens\":6,\"time_to_first_token\":0.001,"  \
    "\"duration\":0.002,\"details\":{\"model\":[{\"input_tokens\":6,\"total_tokens\":6," \
    "\"id\":\"echo-1\",\"provider\":\"Echo\"}]}}"
#define MESSAGES                                                                                  \
    "\"messages\":[{\"id\":\"m1\",\"content\":\"Be brief.\",\"from_history\":false,"              \
    "\"stop_after_tool_call\":false,\"role\":\"system\",\"created_at\":7},"                       \
    "{\"id\":\"m2\",\"content\":\"hello\",\"from_history\":false,\"stop_after_tool_call\":false," \
    "\"role\":\"user\",\"created_at\":7},"                                                        \
    "{\"id\":\"m3\",\"content\":\"Echo: hello\",\"from_history\":false,"                          \
    "\"stop_after_tool_call\":false,\"role\":\"assistant\",\"metrics\":{\"input_tokens\":6,"      \
    "\"total_tokens\":6,\"time_to_first_token\":0.0005},\"created_at\":8}]"

static void check(const struct run_row *run, const char *wanted)
{
    AUTO(arena) *a = arena_new();
    const char *object = NULL;

    assert_int_equal(run_row_object(run, a, &object, NULL), AGENTOS_OK);
    assert_string_equal(object, wanted);
}

static void a_completed_run_shows_each_text_where_it_belongs(void **state)
{
    (void)state;
    check(&row, HEAD "\"content\":\"Echo: hello\",\"content_type\":\"str\",\"model\":\"echo-1\","
                     "\"model_provider\":\"Echo\",\"session_state\":{\"k\":1},\"created_at\":7,"
                     "\"status\":\"COMPLETED\"," METRICS ",\"events\":[]," MESSAGES
                     ",\"input\":{\"input_content\":\"hello\"}}");
}

static void a_failed_run_shows_its_error_as_content(void **state)
{
    struct run_row failed = row;

    (void)state;
    failed.status = "ERROR";
    failed.error_type = "ModelProviderError";
    failed.shown_content = "The model is gone";
    failed.content = NULL;
    failed.metrics = "{\"duration\":0.5}"; /* no model has answered: no details */
    failed.messages = NULL;
    failed.session_state = NULL;
    failed.metadata = "{\"m\":[1]}";
    failed.events = "[{\"event\":\"RunError\",\"created_at\":9}]";
    check(&failed, HEAD
          "\"content\":\"The model is gone\",\"content_type\":\"str\",\"model\":\"echo-1\","
          "\"model_provider\":\"Echo\",\"session_state\":null,\"created_at\":7,"
          "\"status\":\"ERROR\",\"metrics\":{\"duration\":0.5},"
          "\"events\":[{\"created_at\":9,\"event\":\"RunError\",\"agent_id\":\"alpha\","
          "\"agent_name\":\"Alpha\",\"run_id\":\"r1\",\"session_id\":\"s1\",\"nested_depth\":0,"
          "\"content\":\"The model is gone\",\"error_type\":\"ModelProviderError\"}],"
          "\"messages\":[],\"metadata\":{\"m\":[1]},\"input\":{\"input_content\":\"hello\"}}");
}

/* Of a usage event counts of zero are shown, of metrics they are not. A plain RunCancelled is one
 * of the first release. */
static void events_repeat_what_the_run_holds(void **state)
{
    static const struct {
        const char *stored, *shown; /* after the members that all events have */
    } cases[] = {
        { "{\"event\":\"RunStarted\",\"created_at\":7}",
          "\"nested_depth\":0,\"model\":\"echo-1\",\"model_provider\":\"Echo\"}]" },
        { "{\"event\":\"ModelRequestCompleted\",\"created_at\":7,\"time_to_first_token\":0.0005}",
          "\"nested_depth\":0,\"model\":\"echo-1\",\"model_provider\":\"Echo\","
          "\"input_tokens\":6,\"output_tokens\":0,\"total_tokens\":6,"
          "\"time_to_first_token\":0.0005,\"reasoning_tokens\":0,\"cache_read_tokens\":0,"
          "\"cache_write_tokens\":0}]" },
        { "{\"event\":\"RunContentCompleted\",\"created_at\":7}", "\"nested_depth\":0}]" },
        { "{\"event\":\"RunCompleted\",\"created_at\":7}",
          "\"nested_depth\":0,\"content\":\"Echo: hello\",\"content_type\":\"str\","
          "\"session_state\":{\"k\":1}," METRICS "}]" },
        { "{\"event\":\"RunCancelled\",\"created_at\":7}",
          "\"nested_depth\":0,\"content\":\"Echo: hello\",\"reason\":\"Run r1 was cancelled\"}]" },
        { "{\"event\":\"RunCancelled\",\"created_at\":7,\"is_plain\":true}",
          "\"nested_depth\":0,\"reason\":\"Run r1 was cancelled\"}]" },
        { "{\"event\":\"OfAnotherVersion\",\"created_at\":7}", "\"nested_depth\":0}]" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO(arena) *a = arena_new();
        struct run_row streamed = row;
        const char *object = NULL;

        streamed.events = arena_printf(a, "[%s]", cases[i].stored);
        assert_int_equal(run_row_object(&streamed, a, &object, NULL), AGENTOS_OK);
        const char *events = strstr(object, "\"events\":[{\"created_at\":7,\"event\":\"");
        assert_non_null(events);
        assert_non_null(strstr(events, "\",\"agent_id\":\"alpha\",\"agent_name\":\"Alpha\","
                                       "\"run_id\":\"r1\",\"session_id\":\"s1\","));
        assert_non_null(strstr(events, cases[i].shown));
    }
}

static void a_row_that_is_not_json_is_our_defect(void **state)
{
    AUTO(arena) *a = arena_new();
    const char *object = NULL;

    (void)state;
    for (int column = 0; column < 3; column++) {
        struct run_row broken = row;
        *(column == 0 ? &broken.metrics : column == 1 ? &broken.events : &broken.messages) = "{";
        assert_int_equal(run_row_object(&broken, a, &object, NULL), AGENTOS_INTERNAL);
    }
}

/* Somebody else wrote to the database: an error of this one answer, and not the end of the server.
 */
static void a_row_that_lacks_what_every_run_has_is_our_defect(void **state)
{
    AUTO(arena) *a = arena_new();
    struct run_row broken[] = { row, row, row, row, row, row, row };
    const char *object = NULL;

    (void)state;
    broken[0].input = NULL;
    broken[1].model_id = NULL;
    broken[2].model_provider = NULL;
    broken[3].created_at = -1;
    broken[4].stage = "executing";
    broken[5].session_state = "";
    broken[6].component_id = NULL;
    for (size_t i = 0; i < COUNT(broken); i++)
        assert_int_equal(run_row_object(&broken[i], a, &object, NULL), AGENTOS_INTERNAL);
}

static void a_run_is_of_the_component_that_its_row_names(void **state)
{
    struct run_row of_team = row, of_none = row;

    (void)state;
    of_team.type = COMPONENT_TEAM;
    of_none.component_id = NULL;
    assert_true(run_row_is_of(&row, COMPONENT_AGENT, "alpha"));
    assert_false(run_row_is_of(&row, COMPONENT_AGENT, "alph"));
    assert_false(run_row_is_of(&of_team, COMPONENT_AGENT, "alpha"));
    assert_false(run_row_is_of(&of_none, COMPONENT_AGENT, "alpha"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_completed_run_shows_each_text_where_it_belongs),
        cmocka_unit_test(a_failed_run_shows_its_error_as_content),
        cmocka_unit_test(events_repeat_what_the_run_holds),
        cmocka_unit_test(a_row_that_is_not_json_is_our_defect),
        cmocka_unit_test(a_row_that_lacks_what_every_run_has_is_our_defect),
        cmocka_unit_test(a_run_is_of_the_component_that_its_row_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

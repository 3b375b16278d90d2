/* A stored session in the shapes of the reading routes, beside what the reference answered. */
#include "api/sessions/session_view.h"

#include "unit.h"

#include "wire_run.h"

/* A row of GET /sessions. */
static const char item[] =
    "{\"session_id\":\"s-appr\",\"session_name\":\"/tool wipe {\\\"path\\\": \\\"/\\\"}\""
    ",\"session_state\":{},\"created_at\":\"2026-11-21T19:16:12Z\",\"updated_at\":\"2026-"
    "11-21T19:16:12Z\",\"session_type\":\"agent\",\"user_id\":\"user-1\",\"agent_id\":\"a"
    "lpha\",\"metrics\":{\"input_tokens\":29,\"output_tokens\":4,\"total_tokens\":33,\"de"
    "tails\":{\"model\":[{\"input_tokens\":29,\"output_tokens\":4,\"total_tokens\":33,\"i"
    "d\":\"echo-1\",\"provider\":\"Echo\"}]}},\"total_tokens\":33}";

/* One of a workflow, before its first token. */
static const char workflow_item[] =
    "{\"session_id\":\"s-wf-2\",\"session_name\":\"/fail boom\",\"session_state\":{},\"cr"
    "eated_at\":\"2026-11-21T19:16:13Z\",\"updated_at\":\"2026-11-21T19:16:13Z\",\"sessio"
    "n_type\":\"workflow\",\"user_id\":\"admin-1\",\"workflow_id\":\"flow\",\"metrics\":{"
    "},\"metadata\":{}}";

/* GET /sessions/s-alpha-1?type=agent. */
static const char detail[] =
    "{\"user_id\":\"admin-1\",\"agent_session_id\":\"s-alpha-1\",\"session_id\":\"s-alpha"
    "-1\",\"session_name\":\"hello\",\"session_state\":{},\"agent_id\":\"alpha\",\"total_"
    "tokens\":39,\"agent_data\":{\"name\":\"Alpha\",\"agent_id\":\"alpha\",\"model\":{\"i"
    "d\":\"echo-1\",\"name\":\"EchoModel\",\"provider\":\"Echo\"}},\"metrics\":{\"input_t"
    "okens\":31,\"output_tokens\":8,\"total_tokens\":39,\"details\":{\"model\":[{\"input_"
    "tokens\":31,\"output_tokens\":8,\"total_tokens\":39,\"id\":\"echo-1\",\"provider\":"
    "\"Echo\"}]}},\"chat_history\":[{\"id\":\"34ee0b7d-0737-4679-8711-a8f9e3fdebe3\",\"co"
    "ntent\":\"hello\",\"from_history\":false,\"stop_after_tool_call\":false,\"role\":\"u"
    "ser\",\"created_at\":1795288568},{\"id\":\"9f3265de-63ad-43d9-8a05-f8ed14f8d91b\",\""
    "content\":\"Echo: hello\",\"from_history\":false,\"stop_after_tool_call\":false,\"ro"
    "le\":\"assistant\",\"metrics\":{\"input_tokens\":6,\"output_tokens\":2,\"total_token"
    "s\":8,\"time_to_first_token\":3.265899977122899e-05},\"created_at\":1795288568},{\"i"
    "d\":\"222da7d3-9402-487d-a303-84e48b9d302b\",\"content\":\"hello again\",\"from_hist"
    "ory\":false,\"stop_after_tool_call\":false,\"role\":\"user\",\"created_at\":17952885"
    "68},{\"id\":\"e740e988-71e4-4889-9997-ac0396b62d8f\",\"content\":\"Echo: hello again"
    "\",\"from_history\":false,\"stop_after_tool_call\":false,\"role\":\"assistant\",\"me"
    "trics\":{\"input_tokens\":10,\"output_tokens\":3,\"total_tokens\":13,\"time_to_first"
    "_token\":3.1706999834568705e-05},\"created_at\":1795288568},{\"id\":\"6397ac06-fd80-"
    "4f03-adc2-5aed23c26a17\",\"content\":\"hello stream\",\"from_history\":false,\"stop_"
    "after_tool_call\":false,\"role\":\"user\",\"created_at\":1795288568},{\"id\":\"27c09"
    "cc2-861a-4b5b-bd64-ba316d199008\",\"content\":\"Echo: hello stream\",\"from_history"
    "\":false,\"stop_after_tool_call\":false,\"role\":\"assistant\",\"metrics\":{\"input_"
    "tokens\":15,\"output_tokens\":3,\"total_tokens\":18,\"time_to_first_token\":4.549799"
    "9963117763e-05},\"created_at\":1795288568}],\"created_at\":\"2026-11-21T19:16:08Z\","
    "\"updated_at\":\"2026-11-21T19:16:08Z\"}";

/* Its runs, as far as the chat history reads them. */
static const char *const run_objects[] = {
    "{\"messages\":[{\"id\":\"m\",\"role\":\"system\",\"content\":\"First test agent\"},{"
    "\"id\":\"34ee0b7d-0737-4679-8711-a8f9e3fdebe3\",\"content\":\"hello\",\"from_history"
    "\":false,\"stop_after_tool_call\":false,\"role\":\"user\",\"created_at\":1795288568}"
    ",{\"id\":\"9f3265de-63ad-43d9-8a05-f8ed14f8d91b\",\"content\":\"Echo: hello\",\"from"
    "_history\":false,\"stop_after_tool_call\":false,\"role\":\"assistant\",\"metrics\":{"
    "\"input_tokens\":6,\"output_tokens\":2,\"total_tokens\":8,\"time_to_first_token\":3."
    "265899977122899e-05},\"created_at\":1795288568}]}",
    "{\"messages\":[{\"id\":\"m\",\"role\":\"system\",\"content\":\"First test agent\"},{"
    "\"id\":\"222da7d3-9402-487d-a303-84e48b9d302b\",\"content\":\"hello again\",\"from_h"
    "istory\":false,\"stop_after_tool_call\":false,\"role\":\"user\",\"created_at\":17952"
    "88568},{\"id\":\"e740e988-71e4-4889-9997-ac0396b62d8f\",\"content\":\"Echo: hello ag"
    "ain\",\"from_history\":false,\"stop_after_tool_call\":false,\"role\":\"assistant\","
    "\"metrics\":{\"input_tokens\":10,\"output_tokens\":3,\"total_tokens\":13,\"time_to_f"
    "irst_token\":3.1706999834568705e-05},\"created_at\":1795288568}]}",
    "{\"messages\":[{\"id\":\"m\",\"role\":\"system\",\"content\":\"First test agent\"},{"
    "\"id\":\"6397ac06-fd80-4f03-adc2-5aed23c26a17\",\"content\":\"hello stream\",\"from_"
    "history\":false,\"stop_after_tool_call\":false,\"role\":\"user\",\"created_at\":1795"
    "288568},{\"id\":\"27c09cc2-861a-4b5b-bd64-ba316d199008\",\"content\":\"Echo: hello s"
    "tream\",\"from_history\":false,\"stop_after_tool_call\":false,\"role\":\"assistant\""
    ",\"metrics\":{\"input_tokens\":15,\"output_tokens\":3,\"total_tokens\":18,\"time_to_"
    "first_token\":4.5497999963117763e-05},\"created_at\":1795288568}]}",
};

static void check_item(const struct session *session, const char *wanted)
{
    AUTO_BUF out = buf_with_limit(64 * 1024);

    session_view_write_item(session, &(writer){ .out = &out });
    assert_text(buf_view(&out), str_of(wanted));
}

static void an_item_leaves_out_what_is_null(void **state)
{
    static const struct session agents = {
        .session_id = "s-appr",
        .type = COMPONENT_AGENT,
        .component_id = "alpha",
        .issuer = "",
        .user_id = "user-1",
        .first_input = "/tool wipe {\"path\": \"/\"}",
        .session_state = "{}",
        .metrics =
            "{\"input_tokens\":29,\"output_tokens\":4,\"total_tokens\":33,\"details\":{\"model\":"
            "[{\"input_tokens\":29,\"output_tokens\":4,\"total_tokens\":33,\"id\":\"echo-1\",\"pr"
            "ovider\":\"Echo\"}]}}",
        .total_tokens = 33,
        .created_at = 1795288572,
        .updated_at = 1795288572,
    };
    static const struct session workflows = {
        .session_id = "s-wf-2",
        .type = COMPONENT_WORKFLOW,
        .component_id = "flow",
        .user_id = "admin-1",
        .session_name = "/fail boom",
        .session_state = "{}",
        .metrics = "{}",
        .metadata = "{}",
        .created_at = 1795288573,
        .updated_at = 1795288573,
    };

    (void)state;
    check_item(&agents, item);
    check_item(&workflows, workflow_item);
}

static void the_name_is_the_stored_one_or_the_first_message_or_empty(void **state)
{
    static const struct {
        const char *stored, *first, *name;
    } cases[] = {
        { "Holiday", "hello", "\"session_name\":\"Holiday\"" },
        { NULL, "say \"hi\"", "\"session_name\":\"say \\\"hi\\\"\"" },
        { NULL, NULL, "\"session_name\":\"\"" },
    };

    (void)state;
    for (EACH(cases, c)) {
        AUTO_BUF out = buf_with_limit(4096);
        struct session session = { .session_id = "s",
                                   .type = COMPONENT_AGENT,
                                   .session_name = c->stored,
                                   .first_input = c->first };

        session_view_write_item(&session, &(writer){ .out = &out });
        assert_true(str_contains(buf_view(&out), str_of(c->name)));
    }
}

static void the_detail_has_the_chat_of_all_runs(void **state)
{
    static const struct session session = {
        .session_id = "s-alpha-1",
        .type = COMPONENT_AGENT,
        .component_id = "alpha",
        .issuer = "",
        .user_id = "admin-1",
        .first_input = "hello",
        .session_state = "{}",
        .component_data =
            "{\"name\":\"Alpha\",\"agent_id\":\"alpha\",\"model\":{\"id\":\"echo-1\",\"name\":\"E"
            "choModel\",\"provider\":\"Echo\"}}",
        .metrics =
            "{\"input_tokens\":31,\"output_tokens\":8,\"total_tokens\":39,\"details\":{\"model\":"
            "[{\"input_tokens\":31,\"output_tokens\":8,\"total_tokens\":39,\"id\":\"echo-1\",\"pr"
            "ovider\":\"Echo\"}]}}",
        .total_tokens = 39,
        .created_at = 1795288568,
        .updated_at = 1795288568,
    };
    AUTO_BUF out = buf_with_limit(64 * 1024);
    arena *a = arena_new();
    struct run_object objects[COUNT(run_objects)];

    (void)state;
    for (size_t i = 0; i < COUNT(run_objects); i++)
        objects[i] = wire_run(run_objects[i], a);
    session_view_write_detail(
        &(struct session_view){ &session, objects, COUNT(objects), SESSION_NO_NULLS },
        &(writer){ .out = &out });
    assert_text(buf_view(&out), str_of(detail));
    arena_free(a);
}

static void a_session_of_a_team_has_no_agent_session_id(void **state)
{
    static const struct session session = { .session_id = "s",
                                            .type = COMPONENT_TEAM,
                                            .component_id = "t" };
    AUTO_BUF out = buf_with_limit(4096);

    (void)state;
    session_view_write_detail(
        &(struct session_view){ .session = &session, .nulls = SESSION_NO_NULLS },
        &(writer){ .out = &out });
    assert_text(buf_view(&out), STR("{\"session_id\":\"s\",\"session_name\":\"\",\"team_id\":\"t\","
                                    "\"chat_history\":[],\"created_at\":\"1970-01-01T00:00:00Z\","
                                    "\"updated_at\":\"1970-01-01T00:00:00Z\"}"));
}

/* Members that have no value: left out, or null after a change. */
static void every_type_has_its_own_members(void **state)
{
#define TIMES "\"created_at\":\"1970-01-01T00:00:00Z\",\"updated_at\":\"1970-01-01T00:00:00Z\""
    static const struct {
        struct session session;
        enum session_nulls nulls;
        const char *json;
    } cases[] = {
        { { .session_id = "s", .type = COMPONENT_AGENT },
          SESSION_NULLS,
          "{\"user_id\":null,\"agent_session_id\":\"s\",\"session_id\":\"s\",\"session_name\":\"\","
          "\"session_summary\":null,\"session_state\":null,\"agent_id\":null,\"total_tokens\":null,"
          "\"agent_data\":null,\"metrics\":null,\"metadata\":null,\"chat_history\":[]," TIMES "}" },
        { { .session_id = "s", .type = COMPONENT_TEAM },
          SESSION_NULLS,
          "{\"session_id\":\"s\",\"session_name\":\"\",\"user_id\":null,\"team_id\":null,"
          "\"session_summary\":null,\"session_state\":null,\"metrics\":null,\"team_data\":null,"
          "\"metadata\":null,\"chat_history\":[]," TIMES ",\"total_tokens\":null}" },
        { { .session_id = "s", .type = COMPONENT_WORKFLOW },
          SESSION_NULLS,
          "{\"user_id\":null,\"workflow_id\":null,\"workflow_name\":null,\"session_id\":\"s\","
          "\"session_name\":\"\",\"session_data\":null,\"session_state\":null,"
          "\"workflow_data\":{},\"metadata\":{}," TIMES "}" },
        { { .session_id = "s",
            .type = COMPONENT_WORKFLOW,
            .component_id = "flow",
            .session_name = "W",
            .session_state = "{\"k\":1}",
            .metrics = "{\"total_tokens\":6}" },
          SESSION_NO_NULLS,
          "{\"workflow_id\":\"flow\",\"session_id\":\"s\",\"session_name\":\"W\","
          "\"session_data\":{\"session_state\":{\"k\":1},\"session_name\":\"W\","
          "\"session_metrics\":{\"total_tokens\":6}},\"session_state\":{\"k\":1},"
          "\"workflow_data\":{},\"metadata\":{}," TIMES "}" },
    };

    (void)state;
    for (EACH(cases, c)) {
        AUTO_BUF out = buf_with_limit(4096);
        const struct session_view view = { .session = &c->session, .nulls = c->nulls };

        session_view_write_detail(&view, &(writer){ .out = &out });
        assert_text(buf_view(&out), str_of(c->json));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_leaves_out_what_is_null),
        cmocka_unit_test(the_name_is_the_stored_one_or_the_first_message_or_empty),
        cmocka_unit_test(the_detail_has_the_chat_of_all_runs),
        cmocka_unit_test(a_session_of_a_team_has_no_agent_session_id),
        cmocka_unit_test(every_type_has_its_own_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

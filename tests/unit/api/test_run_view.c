/* A stored run in the shapes of the reading routes, beside what the reference answered for it: the
 * same members in the same order. */
#include "api/runs/run_view.h"

#include "unit.h"

#include "wire_run.h"

/* What GET /agents/alpha/runs/ID answered: the object that is stored. */
static const char stored[] =
    "{\"run_id\":\"94846226-2893-4ab8-874a-ecab64b0c834\",\"agent_id\":\"alpha\",\"agent_"
    "name\":\"Alpha\",\"session_id\":\"s-alpha-1\",\"user_id\":\"admin-1\",\"content\":\""
    "Echo: hello\",\"content_type\":\"str\",\"model\":\"echo-1\",\"model_provider\":\"Ech"
    "o\",\"session_state\":{},\"created_at\":1795288568,\"status\":\"COMPLETED\",\"metric"
    "s\":{\"input_tokens\":6,\"output_tokens\":2,\"total_tokens\":8,\"time_to_first_token"
    "\":0.0011577039995245286,\"duration\":0.001229671999681159,\"details\":{\"model\":[{"
    "\"input_tokens\":6,\"output_tokens\":2,\"total_tokens\":8,\"id\":\"echo-1\",\"provid"
    "er\":\"Echo\"}]}},\"events\":[],\"messages\":[{\"id\":\"7186a843-3214-4fc7-b108-5c4a"
    "4862db93\",\"content\":\"First test agent\\nBe brief.\",\"from_history\":false,\"sto"
    "p_after_tool_call\":false,\"role\":\"system\",\"created_at\":1795288568},{\"id\":\"3"
    "4ee0b7d-0737-4679-8711-a8f9e3fdebe3\",\"content\":\"hello\",\"from_history\":false,"
    "\"stop_after_tool_call\":false,\"role\":\"user\",\"created_at\":1795288568},{\"id\":"
    "\"9f3265de-63ad-43d9-8a05-f8ed14f8d91b\",\"content\":\"Echo: hello\",\"from_history"
    "\":false,\"stop_after_tool_call\":false,\"role\":\"assistant\",\"metrics\":{\"input_"
    "tokens\":6,\"output_tokens\":2,\"total_tokens\":8,\"time_to_first_token\":3.26589997"
    "7122899e-05},\"created_at\":1795288568}],\"input\":{\"input_content\":\"hello\"}}";

/* The same run in GET /agents/alpha/runs?session_id=. */
static const char listed[] =
    "{\"run_id\":\"94846226-2893-4ab8-874a-ecab64b0c834\",\"parent_run_id\":\"\",\"agent_"
    "id\":\"alpha\",\"user_id\":\"admin-1\",\"status\":\"COMPLETED\",\"cancellation_stage"
    "\":null,\"run_input\":\"hello\",\"content\":\"Echo: hello\",\"run_response_format\":"
    "\"text\",\"reasoning_content\":\"\",\"reasoning_steps\":[],\"metrics\":{\"input_toke"
    "ns\":6,\"output_tokens\":2,\"total_tokens\":8,\"time_to_first_token\":0.001157703999"
    "5245286,\"duration\":0.001229671999681159,\"details\":{\"model\":[{\"input_tokens\":"
    "6,\"output_tokens\":2,\"total_tokens\":8,\"id\":\"echo-1\",\"provider\":\"Echo\"}]}}"
    ",\"metadata\":null,\"messages\":[{\"id\":\"7186a843-3214-4fc7-b108-5c4a4862db93\",\""
    "content\":\"First test agent\\nBe brief.\",\"from_history\":false,\"stop_after_tool_"
    "call\":false,\"role\":\"system\",\"created_at\":1795288568},{\"id\":\"34ee0b7d-0737-"
    "4679-8711-a8f9e3fdebe3\",\"content\":\"hello\",\"from_history\":false,\"stop_after_t"
    "ool_call\":false,\"role\":\"user\",\"created_at\":1795288568},{\"id\":\"9f3265de-63a"
    "d-43d9-8a05-f8ed14f8d91b\",\"content\":\"Echo: hello\",\"from_history\":false,\"stop"
    "_after_tool_call\":false,\"role\":\"assistant\",\"metrics\":{\"input_tokens\":6,\"ou"
    "tput_tokens\":2,\"total_tokens\":8,\"time_to_first_token\":3.265899977122899e-05},\""
    "created_at\":1795288568}],\"tools\":null,\"events\":null,\"created_at\":\"2026-11-21"
    "T19:16:08Z\",\"references\":[],\"citations\":null,\"reasoning_messages\":[],\"sessio"
    "n_state\":{},\"images\":[],\"videos\":[],\"audio\":[],\"files\":[],\"response_audio"
    "\":null,\"input_media\":{\"images\":[],\"videos\":[],\"audios\":[],\"files\":[]},\"f"
    "ollowups\":null,\"forked_from_run_id\":null,\"forked_from_message_index\":null,\"for"
    "ked_from_session_id\":null,\"regenerated_from\":null,\"last_checkpoint_at_message_in"
    "dex\":null}";

/* And in GET /sessions/ID/runs. */
static const char of_session[] =
    "{\"run_id\":\"94846226-2893-4ab8-874a-ecab64b0c834\",\"parent_run_id\":\"\",\"agent_"
    "id\":\"alpha\",\"user_id\":\"admin-1\",\"status\":\"COMPLETED\",\"run_input\":\"hell"
    "o\",\"content\":\"Echo: hello\",\"run_response_format\":\"text\",\"reasoning_content"
    "\":\"\",\"reasoning_steps\":[],\"metrics\":{\"input_tokens\":6,\"output_tokens\":2,"
    "\"total_tokens\":8,\"time_to_first_token\":0.0011577039995245286,\"duration\":0.0012"
    "29671999681159,\"details\":{\"model\":[{\"input_tokens\":6,\"output_tokens\":2,\"tot"
    "al_tokens\":8,\"id\":\"echo-1\",\"provider\":\"Echo\"}]}},\"messages\":[{\"id\":\"71"
    "86a843-3214-4fc7-b108-5c4a4862db93\",\"content\":\"First test agent\\nBe brief.\",\""
    "from_history\":false,\"stop_after_tool_call\":false,\"role\":\"system\",\"created_at"
    "\":1795288568},{\"id\":\"34ee0b7d-0737-4679-8711-a8f9e3fdebe3\",\"content\":\"hello"
    "\",\"from_history\":false,\"stop_after_tool_call\":false,\"role\":\"user\",\"created"
    "_at\":1795288568},{\"id\":\"9f3265de-63ad-43d9-8a05-f8ed14f8d91b\",\"content\":\"Ech"
    "o: hello\",\"from_history\":false,\"stop_after_tool_call\":false,\"role\":\"assistan"
    "t\",\"metrics\":{\"input_tokens\":6,\"output_tokens\":2,\"total_tokens\":8,\"time_to"
    "_first_token\":3.265899977122899e-05},\"created_at\":1795288568}],\"created_at\":\"2"
    "026-11-21T19:16:08Z\",\"references\":[],\"reasoning_messages\":[],\"session_state\":"
    "{},\"images\":[],\"videos\":[],\"audio\":[],\"files\":[],\"input_media\":{\"images\""
    ":[],\"videos\":[],\"audios\":[],\"files\":[]}}";

static const struct run_row row = {
    .run_id = "94846226-2893-4ab8-874a-ecab64b0c834",
    .session_id = "s-alpha-1",
    .type = COMPONENT_AGENT,
    .component_id = "alpha",
    .issuer = "",
    .user_id = "admin-1",
    .status = "COMPLETED",
    .input = "hello",
    .content = "Echo: hello",
    .created_at = 1795288568,
};

static void check_view(enum run_view_nulls nulls, const char *wanted)
{
    AUTO_BUF out = buf_with_limit(64 * 1024);
    AUTO(arena) *a = arena_new();
    const struct run_object object = wire_run(stored, a);

    run_view_write(&object, nulls, &(writer){ .out = &out });
    assert_text(buf_view(&out), str_of(wanted));
}

static void a_listed_run_has_its_nulls(void **state)
{
    (void)state;
    check_view(RUN_VIEW_NULLS, listed);
}

static void a_run_of_a_session_has_none(void **state)
{
    (void)state;
    check_view(RUN_VIEW_NO_NULLS, of_session);
}

static void events_are_listed_where_there_are_any(void **state)
{
    static const struct {
        const char *events, *listed;
        bool is_in_session;
    } cases[] = {
        { "[{\"event\":\"RunStarted\"}]", "\"events\":[{\"event\":\"RunStarted\"}]", true },
        { "", "\"events\":null", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO_BUF with_nulls = buf_with_limit(4096), without = buf_with_limit(4096);
        AUTO(arena) *a = arena_new();
        struct run_object object = wire_run(stored, a);

        object.events = str_of(cases[i].events);
        run_view_write(&object, RUN_VIEW_NULLS, &(writer){ .out = &with_nulls });
        run_view_write(&object, RUN_VIEW_NO_NULLS, &(writer){ .out = &without });
        assert_true(str_contains(buf_view(&with_nulls), str_of(cases[i].listed)));
        assert_int_equal(str_contains(buf_view(&without), STR("\"events\"")),
                         cases[i].is_in_session);
    }
}

/* Where a member has no value it is null in a list, and left out in a session. */
static void what_is_absent_is_null_or_left_out(void **state)
{
    static const char *const names[] = { "\"user_id\"", "\"metadata\"", "\"cancellation_stage\"" };
    AUTO_BUF with_nulls = buf_with_limit(4096), without = buf_with_limit(4096),
             given = buf_with_limit(4096);
    AUTO(arena) *a = arena_new();
    struct run_object object = wire_run(stored, a);

    (void)state;
    object.user_id = NULL;
    run_view_write(&object, RUN_VIEW_NULLS, &(writer){ .out = &with_nulls });
    run_view_write(&object, RUN_VIEW_NO_NULLS, &(writer){ .out = &without });
    object.user_id = "ann";
    object.metadata = STR("{\"m\":1}");
    object.status = RUN_STATUS_CANCELLED;
    object.stage = RUN_STAGE_EXECUTING;
    run_view_write(&object, RUN_VIEW_NO_NULLS, &(writer){ .out = &given });
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *null = arena_printf(a, "%s:null", names[i]);
        assert_true(str_contains(buf_view(&with_nulls), str_of(null)));
        assert_false(str_contains(buf_view(&without), str_of(names[i])));
        assert_true(str_contains(buf_view(&given), str_of(names[i])));
    }
    assert_true(str_contains(buf_view(&given), STR("\"cancellation_stage\":\"EXECUTING\"")));
    assert_true(str_contains(buf_view(&given), STR("\"status\":\"CANCELLED\"")));
}

static str preview_of(const char *content, buf *out)
{
    struct run_row run = row;

    run.content = content;
    buf_empty(out);
    run_view_write_preview(&run, &(writer){ .out = out });
    return buf_view(out);
}

static void a_preview_is_short_and_has_no_payload(void **state)
{
    AUTO_BUF out = buf_with_limit(64 * 1024);

    (void)state;
    assert_text(preview_of("Echo: hello", &out),
                STR("{\"run_id\":\"94846226-2893-4ab8-874a-ecab64b0c834\",\"parent_run_id\":\"\","
                    "\"agent_id\":\"alpha\",\"user_id\":\"admin-1\",\"status\":\"COMPLETED\","
                    "\"run_input\":\"hello\",\"content_preview\":\"Echo: hello\","
                    "\"created_at\":\"2026-11-21T19:16:08Z\"}"));
    assert_false(str_contains(preview_of(NULL, &out), STR("content_preview")));
}

static void a_preview_is_cut_between_characters(void **state)
{
    AUTO_BUF out = buf_with_limit(64 * 1024);
    char content[400];

    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        memset(content, 'x', sizeof(content));
        for (size_t at = shift; at + 4 < sizeof(content); at += 4)
            memcpy(content + at, "\xF0\x9F\x98\x80", 5);
        AUTO(json_t) *json = NULL;
        assert_int_equal(json_parse_owned(preview_of(content, &out), PARSE_STRICT, &json, NULL),
                         AGENTOS_OK);
        assert_in_range(json_string_length(json_object_get(json, "content_preview")), 197, 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listed_run_has_its_nulls),
        cmocka_unit_test(a_run_of_a_session_has_none),
        cmocka_unit_test(what_is_absent_is_null_or_left_out),
        cmocka_unit_test(events_are_listed_where_there_are_any),
        cmocka_unit_test(a_preview_is_short_and_has_no_payload),
        cmocka_unit_test(a_preview_is_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

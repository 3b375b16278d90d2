/* The table of events: a row each, with the contract's name and members, and no others. */
#include "run/event_view.h"

#include "unit.h"

#define COMMON "created_at event agent_id agent_name run_id session_id nested_depth"

/* Appends the names of the members that the event may have. */
static void append_members(const struct shape *shape, buf *out)
{
    for (size_t i = 0; i < SHAPE_PARTS_MAX && shape->parts[i] != NULL; i++)
        for (const struct member *member = shape->parts[i]; member->name != NULL; member++)
            buf_printf(out, "%s%s", out->len > 0 ? " " : "", member->name);
}

static void every_event_has_its_wire_name_and_members(void **state)
{
    static const struct {
        enum run_event_kind event;
        str name;
        const char *members;
    } cases[] = {
        { RUN_STARTED, STR_INIT("RunStarted"), COMMON " model model_provider" },
        { RUN_MODEL_REQUEST_STARTED, STR_INIT("ModelRequestStarted"),
          COMMON " model model_provider" },
        { RUN_CONTENT, STR_INIT("RunContent"),
          COMMON " content workflow_agent content_type reasoning_content" },
        { RUN_MODEL_REQUEST_COMPLETED, STR_INIT("ModelRequestCompleted"),
          COMMON " model model_provider input_tokens output_tokens total_tokens "
                 "time_to_first_token reasoning_tokens cache_read_tokens cache_write_tokens" },
        { RUN_CONTENT_COMPLETED, STR_INIT("RunContentCompleted"), COMMON },
        { RUN_COMPLETED, STR_INIT("RunCompleted"),
          COMMON " content content_type reasoning_content session_state metrics" },
        { RUN_ERROR, STR_INIT("RunError"), COMMON " content error_type" },
        { RUN_CANCELLED, STR_INIT("RunCancelled"), COMMON " content reason" },
    };

    (void)state;
    assert_int_equal(COUNT(cases), RUN_EVENT_COUNT);
    for (EACH(cases, c)) {
        AUTO_BUF members = buf_with_limit(1024);

        append_members(&run_event_shapes[c->event], &members);
        assert_text(run_event_name(c->event), c->name);
        assert_text(buf_view(&members), str_of(c->members));
    }
}

/* Every event is one of the shapes that /openapi.json describes, once. */
static void every_event_is_described(void **state)
{
    size_t count = 0;

    (void)state;
    while (run_event_shape.one_of[count] != NULL) {
        assert_ptr_equal(run_event_shape.one_of[count], &run_event_shapes[count]);
        count++;
    }
    assert_int_equal(count, RUN_EVENT_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_has_its_wire_name_and_members),
        cmocka_unit_test(every_event_is_described),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

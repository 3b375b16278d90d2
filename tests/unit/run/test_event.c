/* The table of events: a row each, with the contract's name and no other's. */
#include "run/event.h"

#include "unit.h"

static void every_event_has_its_wire_name(void **state)
{
    static const struct {
        enum run_event_kind event;
        str name;
        unsigned fields;
    } cases[] = {
        { RUN_STARTED, STR_INIT("RunStarted"), EVENT_MODEL },
        { RUN_MODEL_REQUEST_STARTED, STR_INIT("ModelRequestStarted"), EVENT_MODEL },
        { RUN_CONTENT, STR_INIT("RunContent"), EVENT_DELTA },
        { RUN_MODEL_REQUEST_COMPLETED, STR_INIT("ModelRequestCompleted"),
          EVENT_MODEL | EVENT_USAGE },
        { RUN_CONTENT_COMPLETED, STR_INIT("RunContentCompleted"), 0 },
        { RUN_COMPLETED, STR_INIT("RunCompleted"), EVENT_RESULT },
        { RUN_ERROR, STR_INIT("RunError"), EVENT_ERROR },
        { RUN_CANCELLED, STR_INIT("RunCancelled"), EVENT_REASON },
    };

    (void)state;
    assert_int_equal(COUNT(cases), RUN_EVENT_COUNT);
    for (EACH(cases, c)) {
        assert_text(run_event_name(c->event), c->name);
        assert_int_equal(run_event_fields(c->event), c->fields);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_has_its_wire_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

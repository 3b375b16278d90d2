/* Runs: saved once, read back whole, replayed only to whom they belong. */

#include "base/mem.h"

#include "store.h"

static void put(struct db_conn *conn, struct run_row row)
{
    assert_int_equal(save(conn, &row), AGENTOS_OK);
}

static struct session session_of(struct db_conn *conn, const char *session_id, arena *a)
{
    struct session session = { 0 };

    assert_int_equal(session_get(conn, &everyone, session_id, a, &session, NULL), AGENTOS_OK);
    return session;
}

/* Of a run of "alpha" in "s1". */
static struct run_plan plan_of(enum component type, size_t num_runs)
{
    return (struct run_plan){
        .session_id = "s1", .type = type, .component_id = "alpha", .num_runs = num_runs
    };
}

static struct run_context prepare_as(struct db_conn *conn, const char *user_id, size_t num_runs,
                                     arena *a)
{
    struct run_context context;
    struct owner owner = owner_of("", user_id);
    struct run_plan plan = plan_of(COMPONENT_AGENT, num_runs);

    assert_int_equal(run_row_prepare(conn, &owner, &plan, a, &context, NULL), AGENTOS_OK);
    return context;
}

static void a_run_is_read_back_as_it_was_saved(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct run_row row = row_of("r1", "s1", "ann"), out;

    (void)state;
    row.parent_run_id = "r0";
    row.issuer = "https://idp.example/";
    row.session_state = "{\"k\":\"v\"}";
    row.component_name = "Alpha";
    row.error_type = "ModelProviderError";
    row.shown_content = "gone";
    row.stage = "EXECUTING";
    row.metrics = "{\"duration\":0.5}";
    row.events = "[{\"event\":\"RunStarted\",\"created_at\":1}]";
    row.metadata = "{\"m\":1}";
    row.messages = "[{\"id\":\"\xc3\xa9'; DROP TABLE runs; --\"}]";
    put(conn, row);
    assert_int_equal(run_row_get(conn, &everyone, &(struct run_key){ "s1", "r1" }, a, &out, NULL),
                     AGENTOS_OK);
    assert_string_equal(out.run_id, "r1");
    assert_string_equal(out.session_id, "s1");
    assert_string_equal(out.parent_run_id, "r0");
    assert_int_equal(out.type, COMPONENT_AGENT);
    assert_string_equal(out.component_id, "alpha");
    assert_string_equal(out.issuer, "https://idp.example/");
    assert_string_equal(out.user_id, "ann");
    assert_string_equal(out.status, "COMPLETED");
    assert_string_equal(out.input, "hello");
    assert_string_equal(out.content, "Echo: hello");
    assert_string_equal(out.session_state, row.session_state);
    assert_string_equal(out.component_name, "Alpha");
    assert_string_equal(out.error_type, row.error_type);
    assert_string_equal(out.shown_content, row.shown_content);
    assert_string_equal(out.stage, row.stage);
    assert_string_equal(out.metrics, row.metrics);
    assert_string_equal(out.events, row.events);
    assert_string_equal(out.metadata, row.metadata);
    assert_string_equal(out.messages, row.messages);
    assert_string_equal(out.model_id, "echo-1");
    assert_string_equal(out.model_provider, "Echo");
    assert_int_equal(out.input_tokens, 6);
    assert_int_equal(out.output_tokens, 2);
    assert_int_equal(out.total_tokens, 8);
    assert_int_equal(out.created_at, 1795288568);
    sql_disconnect(conn);
}

static void a_run_is_found_in_its_own_session_only(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct run_row out;
    agentos_error err;

    (void)state;
    put(conn, row_of("r1", "s1", "ann"));
    put(conn, row_of("r2", "s2", "ann"));
    assert_int_equal(run_row_get(conn, &everyone, &(struct run_key){ "s2", "r1" }, a, &out, &err),
                     AGENTOS_NOT_FOUND);
    assert_string_equal(err.message, "Run not found");
    assert_int_equal(run_row_get(conn, &everyone, &(struct run_key){ "s1", "none" }, a, &out, &err),
                     AGENTOS_NOT_FOUND);
    assert_int_equal(run_row_get(conn, &everyone, &(struct run_key){ "s1", "r1" }, a, &out, &err),
                     AGENTOS_OK);
    sql_disconnect(conn);
}

static void the_first_run_makes_the_session(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct run_row row = row_of("r1", "s1", "ann");

    (void)state;
    assert_false(prepare_as(conn, "ann", 3, a).session_exists);
    row.session_state = "{}";
    row.component_data = "{\"agent_id\":\"alpha\"}";
    row.session_metadata = "{\"m\":1}";
    put(conn, row);
    struct session session = session_of(conn, "s1", a);
    assert_int_equal(session.type, COMPONENT_AGENT);
    assert_string_equal(session.component_id, "alpha");
    assert_string_equal(session.user_id, "ann");
    assert_null(session.session_name);
    assert_null(session.summary);
    assert_string_equal(session.first_input, "hello");
    assert_string_equal(session.session_state, "{}");
    assert_string_equal(session.metadata, "{\"m\":1}");
    assert_string_equal(session.component_data, "{\"agent_id\":\"alpha\"}");
    assert_int_equal(session.created_at, 1795288568);
    assert_int_equal(session.updated_at, 1795288568);
    assert_true(prepare_as(conn, "ann", 3, a).session_exists);
    sql_disconnect(conn);
}

static void a_later_run_brings_the_session_up_to_date(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct run_row row = row_of("r1", "s1", "ann");

    (void)state;
    row.session_state = "{\"n\":1}";
    put(conn, row);
    row = row_of("r2", "s1", "ann");
    row.input = "again";
    row.created_at += 60;
    put(conn, row); /* without a state: the old one stays */
    struct session session = session_of(conn, "s1", a);
    assert_string_equal(session.first_input, "hello");
    assert_string_equal(session.session_state, "{\"n\":1}");
    assert_int_equal(session.created_at, 1795288568);
    assert_int_equal(session.updated_at, 1795288628);
    row = row_of("r3", "s1", "ann");
    row.session_state = "{\"n\":2}";
    put(conn, row); /* an older run that ends later does not turn back the clock */
    session = session_of(conn, "s1", a);
    assert_string_equal(session.session_state, "{\"n\":2}");
    assert_int_equal(session.updated_at, 1795288628);
    assert_string_equal(prepare_as(conn, "ann", 0, a).session_state, "{\"n\":2}");
    sql_disconnect(conn);
}

static void metrics_are_the_sums_in_the_shape_of_the_wire(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct run_row row = row_of("r1", "s1", "ann");

    (void)state;
    row.input_tokens = row.output_tokens = row.total_tokens = 0;
    row.model_id = row.model_provider = NULL;
    put(conn, row);
    assert_string_equal(session_of(conn, "s1", a).metrics, "{}");
    put(conn, row_of("r2", "s1", "ann"));
    put(conn, row_of("r3", "s1", "ann"));
    row = row_of("r4", "s1", "ann");
    row.model_id = "a \"better\" one";
    put(conn, row);
    struct session session = session_of(conn, "s1", a);
    assert_int_equal(session.total_tokens, 24);
    assert_string_equal(
        session.metrics,
        "{\"input_tokens\":18,\"output_tokens\":6,\"total_tokens\":24,\"details\":{\"model\":["
        "{\"input_tokens\":12,\"output_tokens\":4,\"total_tokens\":16,\"id\":\"echo-1\","
        "\"provider\":\"Echo\"},"
        "{\"input_tokens\":6,\"output_tokens\":2,\"total_tokens\":8,\"id\":\"a \\\"better\\\" "
        "one\","
        "\"provider\":\"Echo\"}]}}");
    sql_disconnect(conn);
}

static void a_run_id_is_never_overwritten_whoever_owns_it(void **state)
{
    static const struct {
        const char *session_id, *user_id;
    } attempts[] = { { "s1", "ann" }, { "s2", "ann" }, { "s2", "bob" }, { "s2", NULL } };
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct run_row out;

    (void)state;
    put(conn, row_of("r1", "s1", "ann"));
    for (size_t i = 0; i < COUNT(attempts); i++) {
        struct run_row row = row_of("r1", attempts[i].session_id, attempts[i].user_id);
        row.messages = "overwritten";
        row.session_state = "{\"overwritten\":true}";
        assert_int_equal(save(conn, &row), AGENTOS_CONFLICT);
    }
    struct run_row admins = row_of("r1", "s1", "root");
    assert_int_equal(save_as(conn, &everyone, &admins), AGENTOS_CONFLICT);
    assert_int_equal(run_row_get(conn, &everyone, &(struct run_key){ "s1", "r1" }, a, &out, NULL),
                     AGENTOS_OK);
    assert_string_equal(out.messages, "r1");
    assert_null(session_of(conn, "s1", a).session_state);
    assert_int_equal(session_of(conn, "s1", a).total_tokens, 8);
    struct session none;
    assert_int_equal(session_get(conn, &everyone, "s2", a, &none, NULL), AGENTOS_NOT_FOUND);
    sql_disconnect(conn);
}

static void history_is_the_last_completed_runs_oldest_first(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct run_row failed = row_of("r3", "s1", "ann"), other = row_of("r5", "s1", "ann");

    (void)state;
    failed.status = "ERROR";
    other.component_id = "beta";
    put(conn, row_of("r1", "s1", "ann"));
    put(conn, row_of("r2", "s1", "ann"));
    put(conn, failed);
    put(conn, row_of("r4", "s1", "ann"));
    put(conn, other);
    put(conn, row_of("r6", "s2", "ann"));

    struct run_context two = prepare_as(conn, "ann", 2, a);
    assert_int_equal(two.history_count, 2);
    assert_string_equal(two.history[0].messages, "r2");
    assert_string_equal(two.history[1].messages, "r4");
    struct run_context all = prepare_as(conn, "ann", 1000000, a);
    assert_int_equal(all.history_count, 3);
    assert_string_equal(all.history[0].messages, "r1");
    assert_int_equal(prepare_as(conn, "ann", 0, a).history_count, 0);
    sql_disconnect(conn);
}

/* A turn is a question and its answer: a question alone is not told again, and the window of the
 * history holds that many turns. */
static void a_run_without_an_answer_is_no_turn_of_the_history(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct run_row absent = row_of("r2", "s1", "ann"), empty = row_of("r3", "s1", "ann");
    struct run_row blank = row_of("r5", "s1", "ann");

    (void)state;
    absent.content = NULL;
    empty.content = "";
    blank.content = " ";
    put(conn, row_of("r1", "s1", "ann"));
    put(conn, absent);
    put(conn, empty);
    put(conn, row_of("r4", "s1", "ann"));
    put(conn, blank);
    struct run_context three = prepare_as(conn, "ann", 3, a);
    assert_int_equal(three.history_count, 3);
    assert_string_equal(three.history[0].messages, "r1");
    assert_string_equal(three.history[1].messages, "r4");
    assert_string_equal(three.history[2].messages, "r5");
    sql_disconnect(conn);
}

static void an_admins_run_in_a_users_session_is_not_replayed(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct run_row admins = row_of("r2", "s1", "root");
    const struct owner root = { .everyone = true, .issuer = "", .user_id = "root" };
    struct run_context context;

    (void)state;
    put(conn, row_of("r1", "s1", "ann"));
    assert_int_equal(save_as(conn, &root, &admins), AGENTOS_OK);
    assert_string_equal(session_of(conn, "s1", a).user_id, "ann");
    context = prepare_as(conn, "ann", 5, a);
    assert_int_equal(context.history_count, 1);
    assert_string_equal(context.history[0].messages, "r1");
    const struct run_plan plan = plan_of(COMPONENT_AGENT, 5);
    assert_int_equal(run_row_prepare(conn, &root, &plan, a, &context, NULL), AGENTOS_OK);
    assert_int_equal(context.history_count, 1);
    sql_disconnect(conn);
}

static void a_session_of_nobody_becomes_that_of_the_first_user_who_runs_in_it(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct owner nobody = { 0 };
    struct run_context context;
    struct run_row row = row_of("r2", "s1", "bob");

    (void)state;
    put(conn, row_of("r1", "s1", NULL));
    assert_null(session_of(conn, "s1", a).user_id);
    assert_int_equal(prepare_as(conn, NULL, 5, a).history_count, 1);
    row.issuer = "https://idp.example/";
    put(conn, row);
    assert_string_equal(session_of(conn, "s1", a).user_id, "bob");
    assert_string_equal(session_of(conn, "s1", a).issuer, "https://idp.example/");
    const struct run_plan plan = plan_of(COMPONENT_AGENT, 5);
    assert_int_equal(run_row_prepare(conn, &nobody, &plan, a, &context, NULL), AGENTOS_NOT_FOUND);
    struct owner bob = owner_of("https://idp.example/", "bob");
    assert_int_equal(run_row_prepare(conn, &bob, &plan, a, &context, NULL), AGENTOS_OK);
    assert_int_equal(context.history_count, 1); /* his own, not nobody's */
    assert_string_equal(context.history[0].messages, "r2");
    sql_disconnect(conn);
}

static void a_session_that_became_anothers_meanwhile_is_not_written(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct run_row anns = row_of("r2", "s1", "ann"), out;

    (void)state;
    assert_false(prepare_as(conn, "ann", 3, a).session_exists);
    put(conn, row_of("r1", "s1", "bob"));
    assert_int_equal(save(conn, &anns), AGENTOS_NOT_FOUND);
    assert_int_equal(run_row_get(conn, &everyone, &(struct run_key){ "s1", "r2" }, a, &out, NULL),
                     AGENTOS_NOT_FOUND);
    sql_disconnect(conn);
}

/* The session stays what it was; history is each component's own. */
static void a_session_holds_runs_of_several_types_of_components(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct owner ann = owner_of("", "ann"), bob = owner_of("", "bob");
    struct run_context context;
    struct run_row team = row_of("r2", "s1", "ann"), beta = row_of("r3", "s1", "ann"), out;

    (void)state;
    put(conn, row_of("r1", "s1", "ann"));
    const struct run_plan plan = plan_of(COMPONENT_TEAM, 3);
    assert_int_equal(run_row_prepare(conn, &bob, &plan, a, &context, NULL), AGENTOS_NOT_FOUND);
    assert_int_equal(run_row_prepare(conn, &ann, &plan, a, &context, NULL), AGENTOS_OK);
    assert_true(context.session_exists);
    assert_int_equal(context.history_count, 0); /* r1 is an agent's */
    team.type = COMPONENT_TEAM;
    assert_int_equal(save(conn, &team), AGENTOS_OK);
    beta.component_id = "beta";
    assert_int_equal(save(conn, &beta), AGENTOS_OK);
    assert_int_equal(run_row_get(conn, &ann, &(struct run_key){ "s1", "r2" }, a, &out, NULL),
                     AGENTOS_OK);
    assert_int_equal(out.type, COMPONENT_TEAM);
    assert_int_equal(run_row_prepare(conn, &ann, &plan, a, &context, NULL), AGENTOS_OK);
    assert_int_equal(context.history_count, 1);
    struct session session = session_of(conn, "s1", a);
    assert_int_equal(session.type, COMPONENT_AGENT);
    assert_string_equal(session.component_id, "alpha");
    sql_disconnect(conn);
}

static void a_list_of_runs_is_filtered(void **state)
{
    static const char *const failed[] = { "ERROR", "CANCELLED" }, *const lower[] = { "completed" };
    // clang-format off
    static const struct {
        struct run_filter filter;
        const char *found;
    } cases[] = {
        { { 0 }, "r1r2r3r4" },
        { { .type = COMPONENT_AGENT }, "r1r2r3r4" },
        { { .type = COMPONENT_TEAM }, "" },
        { { .component_id = "beta" }, "r3" },
        { { .statuses = failed, .status_count = 2 }, "r2r4" },
        { { .statuses = failed, .status_count = 1 }, "r2" },
        { { .statuses = lower, .status_count = 1 }, "" },
        { { .created_after = 1795288570 }, "r2r3r4" },
        { { .created_before = 1795288570 }, "r1r2" },
        { { .created_after = 1795288571, .created_before = 1795288579 }, "" },
        { { .component_id = "alpha", .created_after = 1795288570, .statuses = failed, .status_count = 1 }, "r2" },
    };
    // clang-format on
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    struct run_row rows[] = { row_of("r1", "s1", "ann"), row_of("r2", "s1", "ann"),
                              row_of("r3", "s1", "ann"), row_of("r4", "s1", "ann") };

    (void)state;
    rows[1].status = "ERROR";
    rows[2].component_id = "beta";
    rows[3].status = "CANCELLED";
    rows[1].created_at = 1795288570;
    rows[2].created_at = rows[3].created_at = 1795288580;
    for (int i = 0; i < 4; i++)
        put(conn, rows[i]);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run_filter filter = cases[i].filter;
        struct run_rows list;
        AUTO_BUF found = buf_with_limit(64);
        filter.session_id = "s1";
        assert_int_equal(run_row_list(conn, &everyone, &filter, a, &list, NULL), AGENTOS_OK);
        for (size_t r = 0; r < list.count; r++)
            buf_append(&found, str_of(list.all[r].messages));
        assert_true(str_equal(buf_view(&found), str_of(cases[i].found)));
    }
    sql_disconnect(conn);
}

static void the_runs_of_an_unknown_session_are_not_found(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    const struct run_filter all = { .session_id = "s1" };
    struct run_rows list;
    agentos_error err;

    (void)state;
    assert_int_equal(run_row_list(conn, &everyone, &all, a, &list, &err), AGENTOS_NOT_FOUND);
    assert_string_equal(err.message, "Session not found");
    sql_disconnect(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_read_back_as_it_was_saved),
        cmocka_unit_test(a_run_is_found_in_its_own_session_only),
        cmocka_unit_test(the_first_run_makes_the_session),
        cmocka_unit_test(a_later_run_brings_the_session_up_to_date),
        cmocka_unit_test(metrics_are_the_sums_in_the_shape_of_the_wire),
        cmocka_unit_test(a_run_id_is_never_overwritten_whoever_owns_it),
        cmocka_unit_test(history_is_the_last_completed_runs_oldest_first),
        cmocka_unit_test(a_run_without_an_answer_is_no_turn_of_the_history),
        cmocka_unit_test(an_admins_run_in_a_users_session_is_not_replayed),
        cmocka_unit_test(a_session_of_nobody_becomes_that_of_the_first_user_who_runs_in_it),
        cmocka_unit_test(a_session_that_became_anothers_meanwhile_is_not_written),
        cmocka_unit_test(a_session_holds_runs_of_several_types_of_components),
        cmocka_unit_test(a_list_of_runs_is_filtered),
        cmocka_unit_test(the_runs_of_an_unknown_session_are_not_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a run reads before it starts takes the same work however long its session is.
 */
#include "base/mem.h"

#include "store_steps.h"

enum { SHORT = 100, LONG = 2000, TOLD = 5 };

/* A session of ann with so many runs of agent "alpha", five of "beta" among the first, and none of
 * "new". */
static struct db_conn *filled(size_t count)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < count; i++) {
        struct run_row row = row_of(arena_printf(a, "r%zu", i), "s1", "ann");
        row.component_id = i < TOLD ? "beta" : "alpha";
        assert_int_equal(save(conn, &row), AGENTOS_OK);
    }
    return conn;
}

/* The work of loading the history of a new run of the agent, which has `told` runs. */
static int work_of(struct db_conn *conn, const char *agent, size_t told)
{
    const struct owner ann = owner_of("", "ann");
    AUTO(arena) *a = arena_new();
    const struct run_plan plan = {
        .session_id = "s1", .type = COMPONENT_AGENT, .component_id = agent, .num_runs = TOLD
    };
    struct run_context context;

    (void)steps_since(conn);
    assert_int_equal(run_row_prepare(conn, &ann, &plan, a, &context, NULL), AGENTOS_OK);
    assert_int_equal(context.history_count, told);
    return steps_since(conn);
}

static void expect_same_work(const char *agent, size_t told)
{
    struct db_conn *few = filled(SHORT), *many = filled(LONG);
    int before = work_of(few, agent, told), after = work_of(many, agent, told);

    if (after > before + before / 4)
        print_error("%s: %d steps, then %d\n", agent, before, after);
    assert_true(after <= before + before / 4);
    sql_disconnect(few);
    sql_disconnect(many);
}

static void an_agent_new_to_a_long_session_reads_none_of_it(void **state)
{
    (void)state;
    expect_same_work("new", 0);
}

static void an_agent_that_spoke_long_ago_reads_only_its_own_runs(void **state)
{
    (void)state;
    expect_same_work("beta", TOLD);
}

static void the_agent_of_the_session_reads_only_its_last_runs(void **state)
{
    (void)state;
    expect_same_work("alpha", TOLD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_agent_new_to_a_long_session_reads_none_of_it),
        cmocka_unit_test(an_agent_that_spoke_long_ago_reads_only_its_own_runs),
        cmocka_unit_test(the_agent_of_the_session_reads_only_its_last_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

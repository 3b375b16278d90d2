/* Finding an agent among those that are served. */
#include "api/context.h"
#include "base/limits.h"
#include "unit.h"

static struct model *echo(void)
{
    struct model *model = NULL;

    assert_int_equal(
        model_new(&(struct model_options){ .provider = "offline", .id = "echo" }, &model, NULL),
        AGENTOS_OK);
    return model;
}

static const struct agent *make_agents(arena *a, const struct model *model, size_t count)
{
    struct agent *agents = arena_alloc(a, (count + 1) * sizeof(*agents));

    for (size_t i = 0; i < count; i++)
        agents[i] = (struct agent){ .id = arena_printf(a, "agent-%zu", i), .model = model };
    return agents;
}

static void each_agent_is_found_by_its_id_and_nothing_else_is(void **state)
{
    static const char *const strangers[] = { "",        "agent",     "agent-",         "agent-1000",
                                             "Agent-1", "agent-1\n", "agent-1/agent-2" };
    AUTO(arena) *a = arena_new();
    struct model *model = echo();
    struct catalogue catalogue = { .id = "os",
                                   .surface = { .title = "os", .version = "1" },
                                   .agents = make_agents(a, model, AGENTS_MAX),
                                   .agent_count = AGENTS_MAX };

    (void)state;
    catalogue_render(&catalogue, a);
    for (size_t i = 0; i < AGENTS_MAX; i++)
        assert_ptr_equal(catalogue_agent(&catalogue, str_of(catalogue.agents[i].id)),
                         &catalogue.agents[i]);
    for (size_t i = 0; i < COUNT(strangers); i++)
        assert_null(catalogue_agent(&catalogue, str_of(strangers[i])));
    assert_null(catalogue_agent(&catalogue, (str){ "agent-1\0", 8 }));
    model_free(model);
}

static void a_server_without_agents_finds_none(void **state)
{
    AUTO(arena) *a = arena_new();
    struct catalogue catalogue = { .id = "os", .surface = { .title = "os", .version = "1" } };

    (void)state;
    catalogue_render(&catalogue, a);
    assert_null(catalogue_agent(&catalogue, STR("agent-0")));
    assert_null(catalogue_agent(&catalogue, STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_agent_is_found_by_its_id_and_nothing_else_is),
        cmocka_unit_test(a_server_without_agents_finds_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The system prompt as the reference lays it out: each agent of its recorded runs is a row. */
#include "agent/agent.h"

#include "base/buf.h"
#include "base/limits.h"

#include "unit.h"

static void the_prompt_is_laid_out_as_the_reference_does(void **state)
{
    static const struct {
        struct agent agent;
        const char *prompt;
    } cases[] = {
        { { .id = "none" }, NULL },
        { { .description = "First test agent", .instructions = "Be brief." },
          "First test agent\nBe brief." },
        { { .role = "helper" }, "<your_role>\nhelper\n</your_role>" },
        { { .instructions = "Be brief." }, "Be brief." },
        { { .instructions = "One.\nTwo." }, "One.\nTwo." },
        { { .description = "D", .role = "R", .instructions = "I" },
          "D\n<your_role>\nR\n</your_role>\nI" },
    };

    (void)state;
    for (EACH(cases, c)) {
        arena *a = arena_new();
        const char *prompt = agent_system_prompt(&c->agent, a);

        assert_int_equal(prompt == NULL, c->prompt == NULL);
        if (prompt != NULL)
            assert_string_equal(prompt, c->prompt);
        arena_free(a);
    }
}

static void a_prompt_over_the_limit_is_refused_and_not_dropped(void **state)
{
    AUTO_BUF long_text = buf_with_limit(2 * PROMPT_MAX_BYTES);
    agentos_error err;

    (void)state;
    while (long_text.len < PROMPT_MAX_BYTES - 1)
        buf_append(&long_text, STR("x"));
    struct agent agent = { .id = "wordy", .instructions = long_text.ptr };
    assert_int_equal(agent_check(&agent, &err), AGENTOS_OK);
    agent.description = "and more";
    assert_int_equal(agent_check(&agent, &err), AGENTOS_INVALID);
    assert_non_null(strstr(err.message, "'wordy'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_prompt_is_laid_out_as_the_reference_does),
        cmocka_unit_test(a_prompt_over_the_limit_is_refused_and_not_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

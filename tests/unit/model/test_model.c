/* The registry: which models exist, and what the wire says of them. */
#include "model/model.h"
#include "unit.h"

static void providers_have_their_names_on_the_wire(void **state)
{
    static const struct {
        const char *provider, *id, *name, *wire_id, *wire_provider;
    } cases[] = {
        { "openai", "gpt-5.2", "OpenAIResponses", "gpt-5.2", "OpenAI" },
        { "openai-chat", "llama3", "OpenAIChat", "llama3", "OpenAI" },
        { "offline", "echo", "EchoModel", "echo-1", "Echo" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct model_options options = { .provider = cases[i].provider, .id = cases[i].id };
        struct model *model;

        assert_int_equal(model_new(&options, &model, NULL), AGENTOS_OK);
        assert_string_equal(model_name(model), cases[i].name);
        assert_string_equal(model_id(model), cases[i].wire_id);
        assert_string_equal(model_provider(model), cases[i].wire_provider);
        model_free(model);
    }
}

static void options_that_cannot_be_meant_are_refused(void **state)
{
    static const struct {
        struct model_options options;
        const char *part; /* of the sentence */
    } cases[] = {
        { { .provider = "anthropic", .id = "x" }, "'anthropic'" },
        { { .provider = NULL, .id = "x" }, "unknown" },
        { { .provider = "openai", .id = NULL }, "needs an id" },
        { { .provider = "openai", .id = "" }, "needs an id" },
        { { .provider = "offline", .id = "ech" }, "'ech'" },
        { { .provider = "openai", .id = "x", .base_url = "" }, "base_url" },
        { { .provider = "openai", .id = "x", .base_url = "localhost:11434/v1" }, "base_url" },
        { { .provider = "openai", .id = "x", .base_url = "ftp://host/v1" }, "base_url" },
        { { .provider = "openai", .id = "x", .base_url = "http://" }, "base_url" },
        { { .provider = "openai", .id = "x", .base_url = "http:///v1" }, "base_url" },
        { { .provider = "openai", .id = "x", .base_url = "http://host/v1?a=b" }, "base_url" },
        { { .provider = "openai", .id = "x", .base_url = "http://host/v 1" }, "base_url" },
        { { .provider = "openai", .id = "x", .base_url = "http://me:hunter2@host/v1" },
          "credentials" },
        { { .provider = "openai", .id = "x", .base_url = "ftp://me:hunter2@host/v1" },
          "credentials" },
        { { .provider = "openai", .id = "x", .base_url = "me:hunter2@host/v1" }, "credentials" },
        { { .provider = "openai", .id = "x", .api_key = "two\nlines" }, "api_key" },
        { { .provider = "openai", .id = "x", .api_key = "k\xC3\xA9y" }, "api_key" },
        { { .provider = "openai", .id = "x", .retries = 11 }, "retries" },
        { { .provider = "openai", .id = "x", .timeout_s = -1 }, "timeout_s" },
        { { .provider = "openai", .id = "x", .idle_ms = -1 }, "idle_ms" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct model *model = NULL;
        agentos_error err = { 0 };

        if (model_new(&cases[i].options, &model, &err) != AGENTOS_INVALID)
            fail_msg("case %zu", i);
        assert_null(model);
        assert_non_null(strstr(err.message, cases[i].part));
        assert_null(strstr(err.message, "hunter2"));
    }
}

static void options_are_copied(void **state)
{
    char id[] = "echo", content[] = "always";
    struct model_options options = { .provider = "offline", .id = id, .content = content };
    struct model *model;

    (void)state;
    assert_int_equal(model_new(&options, &model, NULL), AGENTOS_OK);
    memset(id, 'x', 4);
    memset(content, 'x', 6);
    assert_string_equal(model_id(model), "echo-1");
    model_free(model);
    model_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(providers_have_their_names_on_the_wire),
        cmocka_unit_test(options_that_cannot_be_meant_are_refused),
        cmocka_unit_test(options_are_copied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

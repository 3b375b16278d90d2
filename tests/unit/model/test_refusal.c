/* What a run's owner is told when a provider refuses. */
#include "model/refusal.h"

#include "base/buf.h"
#include "unit.h"

#define KEY "sk-secret-0123456789"

static const struct refusal_context with_key = { .authorization = "Bearer " KEY,
                                                 .has_chat_alternative = true };
static const struct refusal_context without_key = { .authorization = NULL };

static void answers_become_sentences(void **state)
{
    static const struct {
        const struct refusal_context *context;
        int status;
        const char *body, *type, *message;
    } cases[] = {
        { &with_key, 500, "", "ModelProviderError", "The model provider answered 500" },
        { &with_key, 502, "<html><body>Bad Gateway</body></html>", "ModelProviderError",
          "The model provider answered 502" },
        { &with_key, 500, "{\"error\":{\"message\":\"boom\"}}", "ModelProviderError",
          "The model provider answered 500: boom" },
        { &with_key, 400, "{\"error\":\"no such option\"}", "ModelProviderError",
          "The model provider answered 400: no such option" },
        { &with_key, 400, "{\"object\":\"error\",\"message\":\"too long\"}", "ModelProviderError",
          "The model provider answered 400: too long" },
        { &with_key, 422, "{\"detail\":\"field required\"}", "ModelProviderError",
          "The model provider answered 422: field required" },
        { &with_key, 429, "{\"error\":{\"message\":\"slow\\ndown\"}}", "ModelRateLimitError",
          "The model provider answered 429: slow down" },
        { &with_key, 403, "[]", "ModelAuthenticationError", "The model provider answered 403" },
        { &with_key, 401, "{\"error\":{\"message\":\"Incorrect API key provided: " KEY "\"}}",
          "ModelAuthenticationError",
          "The model provider refused the API key (401). Set OPENAI_API_KEY, or api_key of the "
          "model in the configuration" },
        { &without_key, 401, "", "ModelAuthenticationError",
          "The model provider wants an API key (401). Set OPENAI_API_KEY, or api_key of the model "
          "in the configuration" },
        { &with_key, 404, "404 page not found", "ModelProviderError",
          "The model provider answered 404: 404 page not found. It may have only Chat Completions: "
          "use provider openai-chat" },
        { &without_key, 404, "{\"error\":{\"message\":\"no\"}}", "ModelProviderError",
          "The model provider answered 404: no" },
        { &with_key, 404,
          "{\"error\":{\"message\":\"The model x does not exist\",\"code\":\"model_not_found\"}}",
          "ModelProviderError", "The model provider answered 404: The model x does not exist" },
        { &with_key, 500, "{\"error\":{\"message\":\"token " KEY " is odd\"}}",
          "ModelProviderError", "The model provider answered 500" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct refusal refusal =
            refusal_of_answer(cases[i].context, cases[i].status, str_of(cases[i].body));

        assert_string_equal(refusal.type, cases[i].type);
        assert_string_equal(refusal.message, cases[i].message);
    }
}

/* The forms in which providers and gateways say why, beside OpenAI's. */
static void the_providers_own_words_are_quoted_wherever_they_stand(void **state)
{
    static const struct {
        const char *body, *words; /* NULL: none */
    } cases[] = {
        { "{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"messages\",0,\"x\"],"
          "\"msg\":\"Extra inputs\",\"input\":{}}]}",
          "Extra inputs (body.messages.0.x)" },
        { "{\"object\":\"error\",\"message\":{\"detail\":[{\"msg\":\"Input should be "
          "valid\"}]},\"type\":\"invalid_request_error\"}",
          "Input should be valid" },
        { "{\"message\":{\"detail\":\"no such model\"}}", "no such model" },
        { "{\"errors\":[{\"code\":7,\"message\":\"first\"},{\"message\":\"second\"}]}", "first" },
        { "{\"errors\":[\"just a text\"]}", "just a text" },
        { "{\"success\":false,\"errors\":[],\"messages\":[],\"error\":{\"error\":{\"message\":"
          "\"deep\"}}}",
          "deep" },
        { "{\"error\":{\"message\":\"Provider returned "
          "error\",\"code\":400,\"metadata\":{\"raw\":\"{\\\"error\\\":{\\\"message\\\":"
          "\\\"context is full\\\"}}\",\"provider_name\":\"X\"}}}",
          "Provider returned error: context is full" },
        { "{\"error\":{\"message\":\"Provider returned error\",\"metadata\":{\"raw\":\"upstream is "
          "down\"}}}",
          "Provider returned error: upstream is down" },
        { "{\"error\":{\"message\":\"Provider returned "
          "error\",\"metadata\":{\"raw\":{\"detail\":\"busy\"}}}}",
          "Provider returned error: busy" },
        { "{\"error\":{\"message\":\"Provider returned error\",\"metadata\":{\"raw\":\"\"}}}",
          "Provider returned error" },
        { "{\"error\":{\"message\":\"{\\n  \\\"error\\\": {\\\"message\\\": \\\"inner\\\"}\\n}\"}}",
          "inner" },
        { "[{\"error\":{\"code\":400,\"message\":\"of a list\",\"status\":\"INVALID_ARGUMENT\"}}]",
          "of a list" },
        { "{\"error\":\"invalid_request\",\"error_description\":\"the description\"}",
          "the description" },
        { "{\"title\":\"Bad Request\",\"detail\":\"the detail\",\"status\":400}", "the detail" },
        { "{\"msg\":\"a msg\",\"created\":NaN}", "a msg" },
        { "upstream connect error\r\nor disconnect\n", "upstream connect error  or disconnect" },
        { "\"a JSON text\"", "a JSON text" },
        { "no JSON: " KEY, NULL },
        { "{\"errors\":[{\"message\":\"bad key " KEY "\"}]}", NULL },
        { "{\"error\":{\"message\":\"failed\",\"metadata\":{\"raw\":\"key " KEY "\"}}}", "failed" },
        { "{\"detail\":[{\"msg\":\"odd\",\"loc\":[\"body\",\"" KEY "\"]}]}", "odd (body)" },
        { "<!doctype html><p>no", NULL },
        { "\xFF\xFE\x01", NULL },
        { "500", NULL },
        { "{\"error\":{\"message\":\"\"}}", NULL },
        { "{\"error\":{\"message\":\" \\n \"},\"detail\":\"behind a blank\"}", "behind a blank" },
    };

    (void)state;
    for (EACH(cases, c)) {
        struct refusal refusal = refusal_of_answer(&with_key, 400, str_of(c->body));
        char expected[REFUSAL_BYTES];

        (void)snprintf(expected, sizeof(expected), "The model provider answered 400%s%s",
                       c->words != NULL ? ": " : "", c->words != NULL ? c->words : "");
        assert_string_equal(refusal.message, expected);
    }
}

static void a_refusal_of_stream_options_says_what_to_set(void **state)
{
    static const struct {
        const char *body, *message;
    } cases[] = {
        { "{\"error\":{\"message\":\"Unknown parameter: stream_options\"}}",
          "The model provider answered 400: Unknown parameter: stream_options. Set stream_usage: "
          "false of the model" },
        { "{\"detail\":[{\"msg\":\"Extra inputs are not "
          "permitted\",\"loc\":[\"body\",\"stream_options\"]}]}",
          "The model provider answered 400: Extra inputs are not permitted (body.stream_options). "
          "Set stream_usage: false of the model" },
        { "{\"error\":{\"message\":\"Unknown parameter: stream\"}}",
          "The model provider answered 400: Unknown parameter: stream" },
    };

    (void)state;
    for (EACH(cases, c))
        assert_string_equal(refusal_of_answer(&with_key, 400, str_of(c->body)).message, c->message);
}

/* However deep and however many: the search ends. */
static void words_are_not_searched_for_without_end(void **state)
{
    AUTO_BUF body = buf_with_limit(64 * 1024);

    (void)state;
    for (int i = 0; i < 60; i++)
        buf_append(&body, STR("{\"error\":"));
    buf_append(&body, STR("\"deep\""));
    for (int i = 0; i < 60; i++)
        buf_append(&body, STR("}"));
    assert_string_equal(refusal_of_answer(&with_key, 400, buf_view(&body)).message,
                        "The model provider answered 400");
}

/* ---- the work of the search, counted by what jansson allocates and by what it still finds ---- */

static size_t allocations;

static void *count_allocation(size_t size)
{
    allocations++;
    return malloc(size);
}

/* A list of `count` empty objects and then a message, as an error. */
static json_t *late_message(size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        assert_int_equal(json_array_append_new(list, json_object()), 0);
    assert_int_equal(json_array_append_new(list, json_pack("{s:s}", "message", "late")), 0);
    return json_pack("{s:o}", "errors", list);
}

static void a_search_ends_after_ten_thousand_values(void **state)
{
    static const struct {
        size_t before;
        const char *message;
    } cases[] = {
        { 0, "The model provider failed: late" },
        { 9000, "The model provider failed: late" },
        { 10000, "The model provider failed: it did not say why" },
        { 150000, "The model provider failed: it did not say why" },
    };

    (void)state;
    for (EACH(cases, c)) {
        AUTO(json_t) *error = late_message(c->before);

        assert_string_equal(refusal_of_error(&with_key, error).message, c->message);
    }
}

/* Gateways put JSON into texts of JSON; somebody could put many. */
static void json_inside_texts_is_parsed_up_to_a_size(void **state)
{
    AUTO_BUF inner = buf_with_limit(128 * 1024);
    AUTO(json_t) *list = json_array();

    (void)state;
    buf_append(&inner, STR("{\"a\":[0"));
    for (int i = 0; i < 20000; i++)
        buf_append(&inner, STR(",0"));
    buf_append(&inner, STR("]}"));
    for (int i = 0; i < 200; i++)
        assert_int_equal(json_array_append_new(list, json_string(inner.ptr)), 0);
    json_set_alloc_funcs(count_allocation, free);
    allocations = 0;
    assert_string_equal(refusal_of_error(&with_key, list).message,
                        "The model provider failed: it did not say why");
    json_set_alloc_funcs(malloc, free);
    assert_in_range(allocations, 20000, 7 * 20100); /* of 40 KB, six fit into 256 KiB */
}

static void one_long_text_of_json_is_not_parsed(void **state)
{
    AUTO_BUF long_text = buf_with_limit(1024 * 1024);
    AUTO(json_t) *error = NULL;

    (void)state;
    buf_append(&long_text, STR("{\"message\":\""));
    for (int i = 0; i < 300 * 1024; i++)
        buf_append_char(&long_text, 'x');
    buf_append(&long_text, STR("\"}"));
    error = json_pack("{s:s}", "message", long_text.ptr);
    json_set_alloc_funcs(count_allocation, free);
    allocations = 0;
    assert_string_equal(refusal_of_error(&with_key, error).message,
                        "The model provider failed: it did not say why");
    json_set_alloc_funcs(malloc, free);
    assert_int_equal(allocations, 0);
}

static void errors_in_events_become_sentences(void **state)
{
    static const struct {
        const char *error, *type, *message;
    } cases[] = {
        { "{\"message\":\"boom\"}", "ModelProviderError", "The model provider failed: boom" },
        { "{\"message\":\"wait\",\"code\":\"rate_limit_exceeded\"}", "ModelRateLimitError",
          "The model provider failed: wait" },
        { "{\"message\":\"wait\",\"code\":429}", "ModelRateLimitError",
          "The model provider failed: wait" },
        { "\"plain\"", "ModelProviderError", "The model provider failed: plain" },
        { "{}", "ModelProviderError", "The model provider failed: it did not say why" },
        { "17", "ModelProviderError", "The model provider failed: it did not say why" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO(json_t) *error = json_loads(cases[i].error, JSON_DECODE_ANY, NULL);
        struct refusal refusal = refusal_of_error(&with_key, error);

        assert_string_equal(refusal.type, cases[i].type);
        assert_string_equal(refusal.message, cases[i].message);
    }
    assert_string_equal(refusal_of_error(&with_key, NULL).message,
                        "The model provider failed: it did not say why");
}

static void long_words_are_cut_between_characters(void **state)
{
    char body[2000] = "{\"message\":\"x";
    size_t len = strlen(body);

    (void)state;
    for (; len < 1500; len += 2)
        memcpy(body + len, "\xC3\xA9", 2);
    memcpy(body + len, "\"}", 3);
    struct refusal refusal = refusal_of_answer(&with_key, 500, str_of(body));
    assert_true(strlen(refusal.message) < 350);
    assert_true(str_is_utf8(str_of(refusal.message)));
    assert_true(str_ends(str_of(refusal.message), STR("\xC3\xA9")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_become_sentences),
        cmocka_unit_test(the_providers_own_words_are_quoted_wherever_they_stand),
        cmocka_unit_test(a_refusal_of_stream_options_says_what_to_set),
        cmocka_unit_test(words_are_not_searched_for_without_end),
        cmocka_unit_test(a_search_ends_after_ten_thousand_values),
        cmocka_unit_test(json_inside_texts_is_parsed_up_to_a_size),
        cmocka_unit_test(one_long_text_of_json_is_not_parsed),
        cmocka_unit_test(errors_in_events_become_sentences),
        cmocka_unit_test(long_words_are_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Both HTTP dialects against a scripted provider: answers, failures, retries. */
#include "conversation.h"

struct answer_case {
    const char *name, *provider;
    bool stream;
    struct script script;
    const char *deltas;
    struct model_usage usage;
};

// clang-format off
static const struct answer_case answers[] = {
    { "responses, streamed", RESPONSES, true,
      { STR_INIT(SSE_OPEN "event: response.created\ndata: {\"type\":\"response.created\"}\n\n" DELTA("Hello") DELTA(" you") COMPLETED), THEN_CLOSE, 0 },
      "[Hello][ you]", { 11, 7, 18, 2, 3, 0 } },
    { "a byte at a time", RESPONSES, true, { STR_INIT(SSE_OPEN DELTA("Hello") DELTA(" you") COMPLETED), THEN_CLOSE, 1 },
      "[Hello][ you]", { 11, 7, 18, 2, 3, 0 } },
    { "the connection stays open behind the answer", RESPONSES, true, { STR_INIT(SSE_OPEN DELTA("a") COMPLETED), THEN_HANG, 0 },
      "[a]", { 11, 7, 18, 2, 3, 0 } },
    { "refusals are text", RESPONSES, true,
      { STR_INIT(SSE_OPEN "data: {\"type\":\"response.refusal.delta\",\"delta\":\"No.\"}\n\n" COMPLETED), THEN_CLOSE, 0 },
      "[No.]", { 11, 7, 18, 2, 3, 0 } },
    { "incomplete is what there is", RESPONSES, true,
      { STR_INIT(SSE_OPEN DELTA("cut") "data: {\"type\":\"response.incomplete\",\"response\":{\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n"), THEN_CLOSE, 0 },
      "[cut]", { 1, 1, 2, 0, 0, 0 } },
    { "completed without deltas", RESPONSES, true,
      { STR_INIT(SSE_OPEN "data: {\"type\":\"response.completed\",\"response\":{\"output\":[{\"content\":[{\"type\":\"output_text\",\"text\":\"whole\"}]}]}}\n\n"), THEN_CLOSE, 0 },
      "[whole]", { 0 } },
    { "NUL, empty and unknown are passed over", RESPONSES, true,
      { STR_INIT(SSE_OPEN DELTA("a\\u0000b\\u0000") DELTA("") DELTA("\\u0000") "data: {\"type\":\"response.other\",\"delta\":\"no\"}\n\ndata: {\"type\":7}\n\n" COMPLETED), THEN_CLOSE, 0 },
      "[a][b]", { 11, 7, 18, 2, 3, 0 } },
    { "responses, whole", RESPONSES, false,
      { STR_INIT(JSON "{\"error\":null,\"output\":[{\"type\":\"reasoning\"},{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"Hello you\"}]}],\"usage\":{\"input_tokens\":4,\"output_tokens\":2,\"total_tokens\":6}}"), THEN_CLOSE, 0 },
      "[Hello you]", { 4, 2, 6, 0, 0, 0 } },
    { "a whole answer although a stream was asked for", RESPONSES, true,
      { STR_INIT(JSON "{\"output\":[{\"content\":[{\"text\":\"Hello\"}]}]}"), THEN_CLOSE, 0 }, "[Hello]", { 0 } },
    { "chat, streamed", CHAT, true,
      { STR_INIT(SSE_OPEN "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n" CHUNK("Hello") CHUNK(" you") FINISH CHAT_USAGE DONE), THEN_CLOSE, 0 },
      "[Hello][ you]", { 5, 2, 7, 0, 0, 0 } },
    { "chat without usage", CHAT, true, { STR_INIT(SSE_OPEN CHUNK("a") FINISH DONE), THEN_CLOSE, 0 }, "[a]", { 0 } },
    { "chat with comments and CRLF", CHAT, true,
      { STR_INIT(SSE_OPEN ": OPENROUTER PROCESSING\r\n\r\n" "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\n\r\n: OPENROUTER PROCESSING\r\n\r\ndata: [DONE]\r\n\r\n"), THEN_CLOSE, 1 },
      "[a]", { 0 } },
    { "chat that closes after its finish reason", CHAT, true, { STR_INIT(SSE_OPEN CHUNK("a") FINISH), THEN_CLOSE, 0 }, "[a]", { 0 } },
    { "chat with null usage in every chunk but one", CHAT, true,
      { STR_INIT(SSE_OPEN "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":9}}\n\n"
                          "data: {\"choices\":[],\"usage\":null}\n\n" DONE), THEN_CLOSE, 0 },
      "[a]", { 1, 1, 9, 0, 0, 0 } },
    { "counts that are no counts of tokens", CHAT, true,
      { STR_INIT(SSE_OPEN CHUNK("a") "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9223372036854775807,\"completion_tokens\":-1,"
                          "\"total_tokens\":1000000001,\"prompt_tokens_details\":[],\"completion_tokens_details\":{\"reasoning_tokens\":\"2\"}}}\n\n" DONE), THEN_CLOSE, 0 },
      "[a]", { 0 } },
    { "counts whose sum is more than one count", CHAT, true,
      { STR_INIT(SSE_OPEN CHUNK("a") "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1000000000,\"completion_tokens\":1000000000}}\n\n" DONE), THEN_CLOSE, 0 },
      "[a]", { 1000000000, 1000000000, 2000000000, 0, 0, 0 } },
    { "chat, whole", CHAT, false,
      { STR_INIT(JSON "{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"Hello\",\"refusal\":null}}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,"
                      "\"prompt_tokens_details\":{\"cached_tokens\":4},\"completion_tokens_details\":{\"reasoning_tokens\":1}}}"), THEN_CLOSE, 0 },
      "[Hello]", { 5, 2, 7, 1, 4, 0 } },
};
// clang-format on

static void answers_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        const struct answer_case *a = &answers[i];
        struct conversation c = { .scripts = &a->script, .count = 1, .provider = a->provider };
        struct model_run run = { .stream = a->stream };

        converse(&c, &run);
        if (run.done != 1 || run.errors != 0)
            fail_msg("%s: %s", a->name, run.message);
        assert_text(buf_view(&run.deltas), str_of(a->deltas));
        assert_memory_equal(&run.usage, &a->usage, sizeof(run.usage));
        finish(&c, &run);
    }
}

#define EVENT_OF_BYTES "data: \xFF\xFE{\n\n"

struct failure_case {
    const char *provider;
    struct script script;
    const char *deltas, *type, *message;
};

// clang-format off
static const struct failure_case failures[] = {
    { RESPONSES, { STR_INIT(SSE_OPEN DELTA("a")), THEN_CLOSE, 0 }, "[a]", "ModelProviderError",
      "The model provider closed the stream before the answer was complete" },
    { CHAT, { STR_INIT(SSE_OPEN CHUNK("a")), THEN_CLOSE, 0 }, "[a]", "ModelProviderError",
      "The model provider closed the stream before the answer was complete" },
    { RESPONSES, { STR_INIT(SSE_OPEN), THEN_CLOSE, 0 }, "", "ModelProviderError",
      "The model provider closed the stream before the answer was complete" },
    { RESPONSES, { STR_INIT(SSE "5\r\ndata:"), THEN_CLOSE, 0 }, "", "ModelProviderError",
      "The connection to the model provider was lost: the connection was closed before the end of the answer" },
    { RESPONSES, { STR_INIT(SSE_OPEN DELTA("a")), THEN_FLOOD, 0 }, "[a]", "ModelProviderError",
      "The model provider sent an event that is too large" },
    { RESPONSES, { STR_INIT(JSON "{\"output\":\""), THEN_FLOOD, 0 }, "", "ModelProviderError",
      "The model provider's answer is too large" },
    { RESPONSES, { STR_INIT(SSE_OPEN DELTA("a") "data: garbage\n\n" DELTA("b")), THEN_CLOSE, 0 }, "[a]", "ModelProviderError",
      "The model provider sent an event that is not JSON" },
    { CHAT, { STR_INIT(SSE_OPEN "data: [1]\n\n"), THEN_CLOSE, 0 }, "", "ModelProviderError",
      "The model provider sent an event that is not JSON" },
    { RESPONSES, { STR_INIT(SSE_OPEN EVENT_OF_BYTES), THEN_CLOSE, 0 }, "", "ModelProviderError",
      "The model provider sent an event that is not JSON" },
    { RESPONSES, { STR_INIT("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>hi</html>"), THEN_CLOSE, 0 }, "", "ModelProviderError",
      "The model provider's answer is not JSON" },
    { RESPONSES, { STR_INIT(JSON "{}"), THEN_CLOSE, 0 }, "", "ModelProviderError",
      "The model provider's answer is no answer of the Responses API" },
    { CHAT, { STR_INIT(JSON "{}"), THEN_CLOSE, 0 }, "", "ModelProviderError",
      "The model provider's answer is no chat completion" },
    { RESPONSES, { STR_INIT(JSON "{\"error\":{\"message\":\"boom\"}}"), THEN_CLOSE, 0 }, "", "ModelProviderError",
      "The model provider failed: boom" },
    { CHAT, { STR_INIT(JSON "{\"error\":\"boom\"}"), THEN_CLOSE, 0 }, "", "ModelProviderError",
      "The model provider failed: boom" },
    { RESPONSES, { STR_INIT(SSE_OPEN DELTA("a") "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"slow down\"}}}\n\n" DELTA("b")), THEN_CLOSE, 0 },
      "[a]", "ModelRateLimitError", "The model provider failed: slow down" },
    { RESPONSES, { STR_INIT(SSE_OPEN "event: error\ndata: {\"type\":\"error\",\"message\":\"boom\"}\n\n"), THEN_CLOSE, 0 }, "", "ModelProviderError",
      "The model provider failed: boom" },
    { RESPONSES, { STR_INIT(SSE_OPEN "data: {\"error\":{\"message\":\"boom\"}}\n\n"), THEN_CLOSE, 0 }, "", "ModelProviderError",
      "The model provider failed: boom" },
    { CHAT, { STR_INIT(SSE_OPEN CHUNK("a") "data: {\"error\":{\"message\":\"upstream\",\"code\":429},\"choices\":[]}\n\n"), THEN_CLOSE, 0 }, "[a]", "ModelRateLimitError",
      "The model provider failed: upstream" },
    { RESPONSES, { STR_INIT(STATUS("404 Not Found", "404 page not found")), THEN_CLOSE, 0 }, "", "ModelProviderError",
      "The model provider answered 404: 404 page not found. It may have only Chat Completions: use provider openai-chat" },
    { CHAT, { STR_INIT(STATUS("404 Not Found", "{\"error\":{\"message\":\"model 'm' not found\"}}")), THEN_CLOSE, 0 }, "", "ModelProviderError",
      "The model provider answered 404: model 'm' not found" },
    { CHAT, { STR_INIT(STATUS("401 Unauthorized", "{\"error\":{\"message\":\"bad key sk-1\"}}")), THEN_CLOSE, 0 }, "", "ModelAuthenticationError",
      "The model provider refused the API key (401). Set OPENAI_API_KEY, or api_key of the model in the configuration" },
    { CHAT, { STR_INIT(STATUS("429 Too Many Requests", "{}")), THEN_CLOSE, 0 }, "", "ModelRateLimitError",
      "The model provider answered 429" },
    { CHAT, { STR_INIT(STATUS("503 Busy\r\nRetry-After: 31", "{}")), THEN_CLOSE, 0 }, "", "ModelProviderError",
      "The model provider answered 503. It asks to wait 31 s, longer than the 30 s that are waited" },
};
// clang-format on

static void failures_are_told_in_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(failures); i++) {
        const struct failure_case *f = &failures[i];
        struct conversation c = {
            .scripts = &f->script, .count = 1, .provider = f->provider, .key = "sk-1"
        };
        struct model_run run = { .stream = true };

        converse(&c, &run);
        assert_int_equal(run.errors, 1);
        assert_int_equal(run.done, 0);
        assert_string_equal(run.message, f->message);
        assert_string_equal(run.type, f->type);
        assert_text(buf_view(&run.deltas), str_of(f->deltas));
        assert_int_equal(c.server.next, 1);
        finish(&c, &run);
    }
}

struct retry_case {
    struct script scripts[4];
    size_t count;
    int64_t retries;
    size_t tries;
    const char *message; /* NULL: it went well */
};

// clang-format off
static const struct retry_case retries[] = {
    { { { STR_INIT(STATUS("500 Oops", "")), THEN_CLOSE, 0 }, { STR_INIT(SSE_OPEN DELTA("a") COMPLETED), THEN_CLOSE, 0 } }, 2, -1, 2, NULL },
    { { { STR_INIT(STATUS("429 Slow\r\nRetry-After: 0", "")), THEN_CLOSE, 0 }, { STR_INIT(STATUS("503 Busy", "")), THEN_CLOSE, 0 },
        { STR_INIT(SSE_OPEN DELTA("a") COMPLETED), THEN_CLOSE, 0 } }, 3, -1, 3, NULL },
    { { { STR_INIT(""), THEN_CLOSE, 0 }, { STR_INIT(""), THEN_RESET, 0 }, { STR_INIT(SSE_OPEN DELTA("a") COMPLETED), THEN_CLOSE, 0 } }, 3, -1, 3, NULL },
    { { { STR_INIT(SSE "5\r\ndata:"), THEN_CLOSE, 0 }, { STR_INIT(SSE_OPEN DELTA("a") COMPLETED), THEN_CLOSE, 0 } }, 2, 1, 2, NULL },
    { { { STR_INIT(STATUS("500 Oops", "")), THEN_CLOSE, 0 }, { STR_INIT(STATUS("500 Oops", "")), THEN_CLOSE, 0 }, { STR_INIT(STATUS("500 Oops", "")), THEN_CLOSE, 0 } },
      3, -1, 3, "The model provider answered 500" },
    { { { STR_INIT(STATUS("500 Oops", "")), THEN_CLOSE, 0 }, { STR_INIT(STATUS("502 Oops", "")), THEN_CLOSE, 0 } }, 2, 1, 2, "The model provider answered 502" },
    { { { STR_INIT(STATUS("500 Oops", "")), THEN_CLOSE, 0 } }, 1, 0, 1, "The model provider answered 500" },
    { { { STR_INIT(STATUS("400 Bad", "")), THEN_CLOSE, 0 }, { STR_INIT(SSE_OPEN), THEN_CLOSE, 0 } }, 2, -1, 1, "The model provider answered 400" },
    { { { STR_INIT(SSE DELTA("x")), THEN_CLOSE, 0 }, { STR_INIT(SSE_OPEN DELTA("a") COMPLETED), THEN_CLOSE, 0 } }, 2, -1, 2, NULL }, /* no chunk, so no delta */
};
// clang-format on

static void what_may_pass_is_tried_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(retries); i++) {
        const struct retry_case *r = &retries[i];
        struct conversation c = {
            .scripts = r->scripts, .count = r->count, .provider = RESPONSES, .retries = r->retries
        };
        struct model_run run = { .stream = true };

        converse(&c, &run);
        assert_int_equal(c.server.next, r->tries);
        assert_string_equal(run.message, r->message != NULL ? r->message : "");
        assert_int_equal(run.done, r->message == NULL);
        if (r->message == NULL)
            assert_text(buf_view(&run.deltas), STR("[a]"));
        for (size_t k = 1; k < r->tries; k++)
            assert_string_equal(strstr(c.server.requests[k], "\r\n\r\n"),
                                strstr(c.server.requests[0], "\r\n\r\n"));
        finish(&c, &run);
    }
}

static void nothing_is_tried_again_after_a_delta(void **state)
{
    static const struct script scripts[] = { { STR_INIT(SSE_CUT DELTA("a")), THEN_CLOSE, 0 },
                                             { STR_INIT(SSE_OPEN DELTA("b") COMPLETED), THEN_CLOSE,
                                               0 } };
    struct conversation c = {
        .scripts = scripts, .count = COUNT(scripts), .provider = RESPONSES, .retries = -1
    };
    struct model_run run = { .stream = true };

    (void)state;
    converse(&c, &run);
    assert_int_equal(c.server.next, 1);
    assert_text(buf_view(&run.deltas), STR("[a]"));
    assert_int_equal(run.errors, 1);
    finish(&c, &run);
}

static void a_provider_that_is_not_there_is_named_so(void **state)
{
    const struct model_message message = MESSAGE("user", "hello");
    struct model_options options = { .provider = CHAT,
                                     .id = "m",
                                     .base_url = "http://127.0.0.1:1/v1",
                                     .retry_base_ms = 1,
                                     .retries = -1 };
    struct model_run run = { .stream = true };
    struct model *model;

    (void)state;
    assert_int_equal(model_new(&options, &model, NULL), AGENTOS_OK);
    model_run(&run, model, &message, 1);
    assert_string_equal(run.message, "The model provider could not be reached: connection refused");
    model_free(model);
    model_run_clear(&run);
}

static void requests_are_as_documented(void **state)
{
    static const struct script script = { STR_INIT(STATUS("400 Bad", "")), THEN_CLOSE, 0 };
    static const struct {
        const char *provider;
        bool stream;
        const char *path, *body;
        bool is_without_usage;
    } cases[] = {
        { RESPONSES, true, "POST /v1/responses HTTP/1.1\r\n",
          "{\"model\":\"m\",\"input\":[{\"role\":\"developer\",\"content\":\"Be "
          "brief.\"},{\"role\":\"user\",\"content\":\"hello \\\"you\\\"\"}],\"stream\":true}" },
        { RESPONSES, false, "POST /v1/responses HTTP/1.1\r\n",
          "{\"model\":\"m\",\"input\":[{\"role\":\"developer\",\"content\":\"Be "
          "brief.\"},{\"role\":\"user\",\"content\":\"hello \\\"you\\\"\"}],\"stream\":false}" },
        { CHAT, true, "POST /v1/chat/completions HTTP/1.1\r\n",
          "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"Be "
          "brief.\"},{\"role\":\"user\",\"content\":\"hello "
          "\\\"you\\\"\"}],\"stream\":true,\"stream_options\":{\"include_usage\":true}}" },
        { CHAT, false, "POST /v1/chat/completions HTTP/1.1\r\n",
          "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"Be "
          "brief.\"},{\"role\":\"user\",\"content\":\"hello \\\"you\\\"\"}],\"stream\":false}" },
        { CHAT, true, "POST /v1/chat/completions HTTP/1.1\r\n",
          "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"Be "
          "brief.\"},{\"role\":\"user\",\"content\":\"hello \\\"you\\\"\"}],\"stream\":true}",
          true },
        { RESPONSES, true, "POST /v1/responses HTTP/1.1\r\n",
          "{\"model\":\"m\",\"input\":[{\"role\":\"developer\",\"content\":\"Be "
          "brief.\"},{\"role\":\"user\",\"content\":\"hello \\\"you\\\"\"}],\"stream\":true}",
          true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct conversation c = { .scripts = &script,
                                  .count = 1,
                                  .provider = cases[i].provider,
                                  .key = i % 2 == 0 ? "sk-1" : NULL,
                                  .is_without_usage = cases[i].is_without_usage };
        struct model_run run = { .stream = cases[i].stream };

        converse(&c, &run);
        const char *request = c.server.requests[0];
        assert_true(str_starts(str_of(request), str_of(cases[i].path)));
        assert_non_null(strstr(request, "\r\nContent-Type: application/json\r\n"));
        assert_non_null(strstr(request, "\r\nAccept-Encoding: identity\r\n"));
        assert_int_equal(strstr(request, "\r\nAuthorization: Bearer sk-1\r\n") != NULL, i % 2 == 0);
        assert_string_equal(strstr(request, "\r\n\r\n") + 4, cases[i].body);
        finish(&c, &run);
    }
}

/* A message of several parts is a list, each part under the dialect's word for it. */
static void a_message_of_several_parts_is_sent_as_a_list(void **state)
{
    static const struct script script = { STR_INIT(STATUS("400 Bad", "")), THEN_CLOSE, 0 };
    static const struct model_part parts[] = { { MODEL_PART_TEXT, STR_INIT("one") },
                                               { MODEL_PART_TEXT, STR_INIT("t\"wo") } };
    static const struct model_message messages[] = { { "user", parts, 2 },
                                                     { "assistant", parts, 2 } };
    static const struct {
        const char *provider, *messages;
    } cases[] = {
        { RESPONSES, "[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"one\"},"
                     "{\"type\":\"input_text\",\"text\":\"t\\\"wo\"}]},"
                     "{\"role\":\"assistant\",\"content\":["
                     "{\"type\":\"output_text\",\"text\":\"one\"},"
                     "{\"type\":\"output_text\",\"text\":\"t\\\"wo\"}]}]" },
        { CHAT, "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"one\"},"
                "{\"type\":\"text\",\"text\":\"t\\\"wo\"}]},"
                "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"one\"},"
                "{\"type\":\"text\",\"text\":\"t\\\"wo\"}]}]" },
    };

    (void)state;
    for (EACH(cases, c)) {
        struct model_run run = { .stream = false };
        struct scripted_server server;
        struct model *model;
        char url[64];

        scripted_start(&server, &script, 1);
        (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", server.port);
        struct model_options options = {
            .provider = c->provider, .id = "m", .base_url = url, .temperature = -1, .top_p = -1
        };
        assert_int_equal(model_new(&options, &model, NULL), AGENTOS_OK);
        model_run(&run, model, messages, COUNT(messages));
        scripted_stop(&server);
        assert_non_null(strstr(server.requests[0], c->messages));
        scripted_clear(&server);
        model_free(model);
        model_run_clear(&run);
    }
}

static void options_are_sent_when_they_are_set(void **state)
{
    static const struct script script = { STR_INIT(STATUS("400 Bad", "")), THEN_CLOSE, 0 };
    const struct model_message message = MESSAGE("user", "hi");
    struct scripted_server server;
    struct model_run run = { .stream = false };
    struct model *model;
    char url[64];

    (void)state;
    scripted_start(&server, &script, 1);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", server.port);
    struct model_options options = { .provider = CHAT,
                                     .id = "m",
                                     .base_url = url,
                                     .temperature = 0,
                                     .top_p = 0.5,
                                     .max_output_tokens = 7 };
    assert_int_equal(model_new(&options, &model, NULL), AGENTOS_OK);
    model_run(&run, model, &message, 1);
    scripted_stop(&server);
    assert_non_null(strstr(server.requests[0],
                           "\"stream\":false,\"temperature\":0.0,\"top_p\":0.5,\"max_tokens\":7}"));
    model_free(model);
    scripted_clear(&server);
    model_run_clear(&run);
}

static void pauses_lose_nothing(void **state)
{
    static const struct script script = {
        STR_INIT(SSE_OPEN DELTA("a") DELTA("b") DELTA("c") DELTA("d") COMPLETED), THEN_CLOSE, 16
    };
    struct conversation c = { .scripts = &script, .count = 1, .provider = RESPONSES };
    struct model_run run = { .stream = true, .pauses = 3 };

    (void)state;
    converse(&c, &run);
    assert_text(buf_view(&run.deltas), STR("[a][b][c][d]"));
    assert_int_equal(run.done, 1);
    finish(&c, &run);
}

static void a_cancelled_call_is_silent(void **state)
{
    static const struct script script = { STR_INIT(SSE_OPEN DELTA("a") DELTA("b") COMPLETED),
                                          THEN_CLOSE, 0 };
    static const struct script refusal = { STR_INIT(STATUS("429 Slow\r\nRetry-After: 20", "")),
                                           THEN_CLOSE, 0 };
    static const struct script silence = { STR_INIT(SSE_OPEN), THEN_HANG, 0 };
    const struct {
        const struct script *script;
        struct model_run run;
    } cases[] = { { &script, { .stream = true, .cancels_at_delta = true } },
                  { &silence, { .stream = true, .cancel_after_ms = 30 } },
                  { &refusal, { .stream = true, .cancel_after_ms = 30 } } };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct conversation c = {
            .scripts = cases[i].script, .count = 1, .provider = RESPONSES, .retries = -1
        };
        struct model_run run = cases[i].run;

        converse(&c, &run);
        assert_int_equal(run.done + run.errors, 0);
        assert_int_equal(run.delta_count, i == 0 ? 1 : 0);
        finish(&c, &run);
    }
}

static void an_answer_has_a_maximum(void **state)
{
    enum { PIECE = 64 * 1024, PIECES = RUN_CONTENT_MAX_BYTES / PIECE + 1 };
    AUTO_BUF stream = buf_with_limit(16 * MiB);
    char *text = malloc(PIECE + 1);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', PIECE);
    text[PIECE] = '\0';
    buf_append(&stream, STR(SSE_OPEN));
    for (int i = 0; i < PIECES; i++)
        buf_printf(&stream, "data: {\"type\":\"response.output_text.delta\",\"delta\":\"%s\"}\n\n",
                   text);
    free(text);
    struct script script = { buf_view(&stream), THEN_CLOSE, 0 };
    struct conversation c = { .scripts = &script, .count = 1, .provider = RESPONSES };
    struct model_run run = { .stream = true };
    converse(&c, &run);
    assert_string_equal(run.message, "The model's answer is too long");
    assert_int_equal(run.delta_count, PIECES - 1);
    finish(&c, &run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_understood),
        cmocka_unit_test(failures_are_told_in_a_sentence),
        cmocka_unit_test(what_may_pass_is_tried_again),
        cmocka_unit_test(nothing_is_tried_again_after_a_delta),
        cmocka_unit_test(a_provider_that_is_not_there_is_named_so),
        cmocka_unit_test(requests_are_as_documented),
        cmocka_unit_test(a_message_of_several_parts_is_sent_as_a_list),
        cmocka_unit_test(options_are_sent_when_they_are_set),
        cmocka_unit_test(pauses_lose_nothing),
        cmocka_unit_test(a_cancelled_call_is_silent),
        cmocka_unit_test(an_answer_has_a_maximum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A model call against a scripted provider, and what such a provider says. */
#ifndef UNIT_MODEL_CONVERSATION_H
#define UNIT_MODEL_CONVERSATION_H

#include "model_run.h"
#include "scripted_server.h"

#define SSE                                                                                    \
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: " \
    "chunked\r\n\r\n"
#define SSE_OPEN           "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
#define SSE_CUT            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999\r\n\r\n"
#define JSON               "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
#define STATUS(line, body) "HTTP/1.1 " line "\r\nConnection: close\r\n\r\n" body
#define DELTA(text)                             \
    "event: response.output_text.delta\ndata: " \
    "{\"type\":\"response.output_text.delta\",\"delta\":\"" text "\"}\n\n"
#define COMPLETED                                                                                 \
    "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"usage\":{" \
    "\"input_tokens\":11,\"output_tokens\":7,\"total_tokens\":18,"                                \
    "\"input_tokens_details\":{\"cached_tokens\":3},"                                             \
    "\"output_tokens_details\":{\"reasoning_tokens\":2}}}}\n\n"
#define CHUNK(text)                                                   \
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text \
    "\"},\"finish_reason\":null}]}\n\n"
#define FINISH "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define CHAT_USAGE                                                                                \
    "data: "                                                                                      \
    "{\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"total_tokens\":7}}" \
    "\n\n"
#define DONE      "data: [DONE]\n\n"
#define RESPONSES "openai"
#define CHAT      "openai-chat"

struct conversation {
    const struct script *scripts;
    size_t count;
    const char *provider;
    const char *key;
    int64_t retries;
    int64_t timeout_s, idle_ms;
    bool is_without_usage;
    struct scripted_server server; /* stopped; its requests can be read */
};

/* Runs "hello" through the scripts. */
static inline void converse(struct conversation *c, struct model_run *run)
{
    const struct model_message messages[] = { MESSAGE("system", "Be brief."),
                                              MESSAGE("user", "hello \"you\"") };
    char url[64];
    struct model *model;

    scripted_start(&c->server, c->scripts, c->count);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/", c->server.port);
    struct model_options options = { .provider = c->provider,
                                     .id = "m",
                                     .base_url = url,
                                     .api_key = c->key,
                                     .temperature = -1,
                                     .top_p = -1,
                                     .retries = c->retries,
                                     .timeout_s = c->timeout_s,
                                     .idle_ms = c->idle_ms,
                                     .stream_usage = !c->is_without_usage,
                                     .retry_base_ms = 1 };
    assert_int_equal(model_new(&options, &model, NULL), AGENTOS_OK);
    model_run(run, model, messages, COUNT(messages));
    model_free(model);
    scripted_stop(&c->server);
}

static inline void finish(struct conversation *c, struct model_run *run)
{
    scripted_clear(&c->server);
    model_run_clear(run);
}

#endif

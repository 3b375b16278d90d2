/* A language model, whichever provider serves it: a request goes in, deltas come out, on one loop.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "agentos/agentos.h"
#include "base/arena.h"
#include "http/client.h"

struct model_message {
    const char *role;    /* "system", "user", "assistant" */
    const char *content; /* UTF-8 */
};

struct model_request {
    const struct model_message *messages; /* borrowed for the call of model_start */
    size_t count;
    bool stream; /* ask the provider for deltas; without, the whole text comes as one delta */
};

/* Zero where the provider does not say. */
struct model_usage {
    int64_t input_tokens, output_tokens, total_tokens;
    int64_t reasoning_tokens, cache_read_tokens, cache_write_tokens;
};

/* Never called before model_start has returned; all on the loop's thread. on_done or on_error comes
 * exactly once, last, unless the call is cancelled; the call is gone after it. */
struct model_events {
    void (*on_delta)(void *user, str text); /* UTF-8; never empty */
    void (*on_done)(void *user, const struct model_usage *usage);
    /* type: the reference's exception name ("ModelProviderError", "RuntimeError", ...);
     * message: a sentence for the run's owner; holds no key. */
    void (*on_error)(void *user, const char *type, const char *message);
};

/* How to reach a provider: one entry of `models:`, or a built-in one. Strings are borrowed. */
struct model_options {
    const char *provider;             /* "openai" (Responses API), "openai-chat", "offline" */
    const char *id;                   /* the provider's name of the model: "gpt-5.2", "echo" */
    const char *base_url;             /* includes /v1; NULL: the provider's own */
    const char *api_key;              /* NULL: none is sent */
    agentos_model_callback *callback; /* "callback": the function, and what it is given */
    void *callback_user;
    const char *content;       /* offline: always answer this; NULL: echo */
    double temperature, top_p; /* negative: not sent */
    int64_t max_output_tokens; /* 0: not sent */
    int64_t timeout_s;         /* silence of the provider; 0: 60 */
    int64_t idle_ms;           /* bytes, but nothing said by them; 0: ten times timeout_s */
    int64_t retries;           /* before the first token, on 429 and 5xx; -1: 2 */
    int64_t retry_base_ms;     /* the first pause between tries, doubled each time; 0: 500 */
};

struct model;
struct model_call; /* in flight */

/* INVALID: unknown provider, bad base_url, no id, a key that is no header value. Immutable
 * afterwards, shared by all loops; copies what it keeps. */
MUST_USE agentos_status model_new(const struct model_options *options, struct model **out,
                                  agentos_error *err);
void model_free(struct model *model); /* NULL is fine */

/* What the wire says of it: the model of an agent (docs/design/contract.md §1). */
const char *
model_name(const struct model *model);           /* "OpenAIResponses", "OpenAIChat", "EchoModel" */
const char *model_id(const struct model *model); /* "gpt-5.2"; "echo-1" for offline:echo */
const char *model_provider(const struct model *model); /* "OpenAI", "Echo" */

struct model_call *model_start(const struct model *model, struct loop *loop, struct client *client,
                               const struct model_request *request,
                               const struct model_events *events, void *user);
void model_cancel(struct model_call *call); /* no event afterwards; may be called from an event */
/* Back-pressure: a slow reader stops its producer. Deltas that were received already, a few KiB at
 * most, may still come. */
void model_pause(struct model_call *call);
void model_resume(struct model_call *call);

#endif

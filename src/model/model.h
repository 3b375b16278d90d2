/* A language model, whichever provider serves it: a request of messages goes in, text comes out
 * piece by piece, on one loop. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "agentos/agentos.h"
#include "base/arena.h"
#include "http/client.h"

/* What a message is made of. A driver writes each kind in its provider's form. */
enum model_part_kind { MODEL_PART_TEXT };

struct model_part {
    enum model_part_kind kind;
    str text; /* UTF-8 without NUL */
};

struct model_message {
    const char *role; /* "system", "user", "assistant" */
    const struct model_part *parts;
    size_t part_count;
};

/* The texts of a message's parts, joined: one part's own text, or a copy in the arena, which may be
 * NULL where there are not several parts. */
str model_message_text(const struct model_message *message, arena *a);

/* Borrowed for the call of model_start. */
struct model_request {
    const struct model_message *messages; /* oldest first; at least one */
    size_t count;
    bool stream; /* ask the provider for deltas; without, the whole text comes as one delta */
};

/* Counts of tokens, never negative; zero where the provider does not say. */
struct model_usage {
    int64_t input_tokens, output_tokens, total_tokens;
    int64_t reasoning_tokens, cache_read_tokens, cache_write_tokens;
};

/* What there is to say about an answer beside its text, which came as deltas. */
struct model_answer {
    struct model_usage usage;
};

/* Never called before model_start has returned; all on the loop's thread. on_done or on_error comes
 * exactly once, last, unless the call is cancelled; the call is gone after it. */
struct model_events {
    void (*on_delta)(void *user, str text); /* a piece of the answer: UTF-8; never empty */
    /* A piece of what the model thought before or while it answered, in the same form. */
    void (*on_reasoning)(void *user, str text);
    void (*on_done)(void *user, const struct model_answer *answer); /* valid during the call */
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
    bool stream_usage;         /* openai-chat: ask for token counts in streams; the default */
    int64_t timeout_s;         /* silence of the provider; 0: 60 */
    int64_t idle_ms;           /* bytes, but nothing said by them; 0: ten times timeout_s */
    int64_t retries;           /* before the first token, on 429 and 5xx; -1: 2 */
    int64_t retry_base_ms;     /* the first pause between tries, doubled each time; 0: 500 */
};

struct model;
struct model_call; /* in flight */

/* Makes a model from its options, of which it copies what it keeps; immutable afterwards, so that
 * all loops share it. INVALID: an unknown provider, a base_url that cannot be used, no id, a key
 * that cannot be a header's value. */
MUST_USE agentos_status model_new(const struct model_options *options, struct model **out,
                                  agentos_error *err);
/* Wipes the key. No call may be in flight. NULL is fine. */
void model_free(struct model *model);

/* What the wire says of a model, as the members name, model and provider of an agent
 * (docs/design/contract.md §1). */
const char *
model_name(const struct model *model);           /* "OpenAIResponses", "OpenAIChat", "EchoModel" */
const char *model_id(const struct model *model); /* "gpt-5.2"; "echo-1" for offline:echo */
const char *model_provider(const struct model *model); /* "OpenAI", "Echo" */

/* Asks the model, on the loop's thread. The client is needed by providers behind HTTP alone. */
struct model_call *model_start(const struct model *model, struct loop *loop, struct client *client,
                               const struct model_request *request,
                               const struct model_events *events, void *user);
/* Ends the call: no event comes afterwards. May be called from inside an event. */
void model_cancel(struct model_call *call);
/* Back-pressure: a slow reader stops its producer. Deltas that were received already, a few KiB at
 * most, may still come after model_pause. */
void model_pause(struct model_call *call);
void model_resume(struct model_call *call);

#endif

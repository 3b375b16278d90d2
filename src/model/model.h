/* A language model of any provider. It reports its answer piece by piece, on one event loop. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "agentos/agentos.h"
#include "base/arena.h"
#include "http/client.h"

/* The kinds of parts of a message. Each driver writes them in the form of its provider. */
enum model_part_kind { MODEL_PART_TEXT };

struct model_part {
    enum model_part_kind kind;
    str text; /* UTF-8 without NUL */
};

struct model_message {
    const char *role; /* "system", "user" or "assistant" */
    const struct model_part *parts;
    size_t part_count;
};

/* Returns the joined texts of a message. A single text is borrowed; several are copied to the
 * arena, which may otherwise be NULL. */
str model_message_text(const struct model_message *message, arena *a);

/* A request. It is borrowed until model_start returns. */
struct model_request {
    const struct model_message *messages; /* oldest first; there is at least one */
    size_t count;
    /* ask for a streamed answer */
    bool stream;
    size_t answer_max_bytes; /* of text and reasoning; 0 for RUN_CONTENT_MAX_BYTES */
};

/* Token counts, never negative. Zero if the provider does not report them. */
struct model_usage {
    int64_t input_tokens, output_tokens, total_tokens;
    int64_t reasoning_tokens, cache_read_tokens, cache_write_tokens;
};

/* The data of an answer besides its text. */
struct model_answer {
    struct model_usage usage;
};

/* The events of a call, reported on the loop's thread and never before model_start has returned.
 * Unless the call is cancelled, exactly one of on_done and on_error is the last. The call must
 * not be used after it. */
struct model_events {
    void (*on_delta)(void *user, str text); /* a piece of the answer, in UTF-8; never empty */
    /* a piece of the reasoning, before or during the answer, in the same form */
    void (*on_reasoning)(void *user, str text);
    /* the answer is valid during the call */
    void (*on_done)(void *user, const struct model_answer *answer);
    /* type is the name of the exception in the reference ("ModelProviderError", "RuntimeError",
     * ...). message is a sentence for the run's owner and contains no key. */
    void (*on_error)(void *user, const char *type, const char *message);
};

/* The options of a model: one entry of `models:`, or a built-in model. Texts are borrowed for the
 * call of model_new. */
struct model_options {
    const char *provider; /* "openai" (Responses API), "openai-chat", "offline" or "callback" */
    const char *id;       /* the provider's name of the model, such as "gpt-5.2" or "echo" */
    const char *base_url; /* includes /v1; NULL for the provider's own */
    const char *api_key;  /* NULL if no key is sent */
    /* The certificates of the authorities that may vouch for the provider's server, in PEM, as
     * certificates_check accepts it; NULL for the system's. */
    const char *authorities;
    /* only for "callback": the function, and the argument that it gets */
    agentos_model_callback *callback;
    void *callback_user;
    const char *content;       /* only for "offline": the fixed answer; NULL to echo the message */
    double temperature, top_p; /* not sent if negative */
    int64_t max_output_tokens; /* not sent if 0 */
    bool stream_usage;         /* only for "openai-chat": request token counts in streams */
    int64_t timeout_s;         /* the longest silence of the provider; 0 for 60 */
    int64_t idle_ms;           /* the longest time without an event; 0 for 10 * timeout_s */
    int64_t retries;           /* after a 429 or 5xx, before the first token; -1 for 2 */
    /* the first pause, doubled for each retry; 0 for 500 */
    int64_t retry_base_ms;
};

struct model;
struct model_call; /* a call in flight */

/* Creates a model, which the caller must free with model_free. Copies the options. A model is
 * immutable and shared by all loops. Returns INVALID if the provider is unknown, the id is missing,
 * base_url is malformed, a number is out of range, or the key is no valid header value. */
MUST_USE agentos_status model_new(const struct model_options *options, struct model **out,
                                  agentos_error *err);
/* Frees the model and wipes its key. No call may be in flight. NULL is allowed. */
void model_free(struct model *model);

/* Return the names that an agent's members name, model and provider have in answers
 * (docs/design/contract.md §1). */
const char *
model_name(const struct model *model); /* such as "OpenAIResponses", "OpenAIChat" or "EchoModel" */
/* such as "gpt-5.2", or "echo-1" for offline:echo */
const char *model_id(const struct model *model);
const char *model_provider(const struct model *model); /* such as "OpenAI" or "Echo" */

/* Starts a call on the loop's thread. Does not block. The client is needed only for HTTP
 * providers. */
struct model_call *model_start(const struct model *model, struct loop *loop, struct client *client,
                               const struct model_request *request,
                               const struct model_events *events, void *user);
/* Ends the call without an event. May be called inside an event. */
void model_cancel(struct model_call *call);
/* Pause and resume a call for a slow reader. After model_pause, a few KiB of received text may
 * still be reported. */
void model_pause(struct model_call *call);
void model_resume(struct model_call *call);

#endif

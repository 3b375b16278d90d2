/* One conversation with a provider over HTTP: tries, back-off, the event stream or the whole
 * answer. What requests, events and answers look like is the dialect's. */
#ifndef MODEL_PROVIDER_CALL_H
#define MODEL_PROVIDER_CALL_H

#include "http/sse.h"
#include "loop/timer.h"
#include "model/driver.h"
#include "model/refusal.h"
#include "json/writer.h"

struct provider_call;

struct dialect {
    const char *path;       /* behind base_url */
    const char *last_event; /* the data that ends a stream and is no JSON; NULL: none */
    bool has_chat_sibling;  /* see struct refusal_context */
    void (*write_request)(const struct model *model, const struct model_request *request,
                          writer *w);
    /* Optional: understand the commonest event without parsing it; false: it is another. */
    bool (*skim_event)(struct provider_call *call, str data);
    void (*read_event)(struct provider_call *call, const json_t *event);
    void (*read_answer)(struct provider_call *call, const json_t *answer); /* 200, and no stream */
};

struct provider_call {
    struct model_call base;
    const struct dialect *dialect;
    struct client *client;
    struct fetch *fetch;
    struct timer wait; /* before the next try; for the end of the body once the answer is whole */
    struct timer idle; /* of a try */
    uint64_t last_event_ms;   /* or the beginning of the try */
    buf request;              /* kept while it may have to be sent again */
    buf answer;               /* a body that is no event stream */
    struct sse_reader reader; /* in use while is_stream */
    struct model_usage usage;
    size_t content_bytes;
    int64_t retries;        /* made */
    int64_t retry_after_ms; /* -1: not said */
    int status;
    unsigned
        entered; /* inside that many of our own callbacks: whoever ends the call must not free it */
    bool wants_stream, is_stream;
    bool is_whole;   /* the answer is complete: only the end of the body is missing */
    bool may_end;    /* the end of the stream is no loss any more */
    bool has_spoken; /* a delta was given: no more tries */
};

/* ---- for drivers ---- */
MUST_USE agentos_status provider_prepare(struct model *model, const struct dialect *dialect,
                                         const char *default_url, agentos_error *err);
struct model_call *provider_start(const struct model_call *base, const struct dialect *dialect,
                                  struct client *client, const struct model_request *request);
void provider_cancel(struct model_call *base);
void provider_pause(struct model_call *base);
void provider_resume(struct model_call *base);

/* ---- for dialects, inside read_event and read_answer ---- */
void provider_speak(struct provider_call *call, str text);
void provider_delta(struct provider_call *call,
                    const json_t *text);         /* other than text: passed over */
void provider_whole(struct provider_call *call); /* nothing more to say */
void provider_refuse(struct provider_call *call, const json_t *error);
void provider_fault(struct provider_call *call, const char *message);

/* The options that were set, as every dialect names them but one. */
void provider_write_options(const struct model *model, const char *max_tokens_name, writer *w);

/* Token counts under a provider's names; what is absent is left alone. */
struct usage_names {
    const char *input, *output, *input_details, *output_details;
};
void provider_usage(struct provider_call *call, const json_t *usage,
                    const struct usage_names *names);

#endif

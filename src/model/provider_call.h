/* One call of a provider over HTTP: tries, back-off, the event stream or the whole answer. What
 * requests, events and answers look like is a row of struct dialect. */
#ifndef MODEL_PROVIDER_CALL_H
#define MODEL_PROVIDER_CALL_H

#include "http/sse.h"
#include "loop/timer.h"
#include "model/driver.h"
#include "model/refusal.h"
#include "json/writer.h"

struct provider_call;

/* The form of one provider's API. */
struct dialect {
    const char
        *default_url;       /* where the provider is unless base_url says otherwise; includes /v1 */
    const char *path;       /* behind base_url */
    const char *last_event; /* the data that ends a stream and is not JSON; NULL: none */
    bool has_chat_sibling;  /* see struct refusal_context */
    void (*write_request)(const struct model *model, const struct model_request *request,
                          writer *w);
    /* Understands the commonest event without parsing it; false: it is another. NULL: every event
     * is parsed. */
    bool (*skim_event)(struct provider_call *call, str data);
    void (*read_event)(struct provider_call *call, const json_t *event);
    void (*read_answer)(struct provider_call *call, const json_t *answer); /* 200, and no stream */
};

/* Until the call is over, a fetch is under way or `wait` is running, so that something is bound to
 * happen. */
struct provider_call {
    struct model_call base;
    struct client *client;
    struct fetch *fetch; /* NULL: between tries, or the body has ended */
    struct timer wait;   /* before the next try; for the end of the body once the answer is whole */
    struct timer idle;   /* of a try */
    uint64_t last_event_ms;   /* on the loop's clock; until the first event, when the try began */
    buf request;              /* kept while it may have to be sent again */
    buf answer;               /* a body that is not an event stream */
    struct sse_reader reader; /* in use while is_stream */
    struct model_usage usage;
    size_t content_bytes;   /* passed on, at most RUN_CONTENT_MAX_BYTES */
    int64_t retries;        /* made */
    int64_t retry_after_ms; /* -1: not said */
    int status;             /* of this try's answer; 0: none came */
    /* How many of our own callbacks are on the stack. While it is not zero, ending the call only
     * marks it as over: the outermost callback frees it (enter_callback, leave_callback). */
    unsigned entered;
    bool wants_stream, is_stream; /* what was asked for; what came */
    bool is_whole;                /* the answer is complete: only the end of the body is missing */
    bool may_end;                 /* the stream may end now without a loss */
    bool has_sent_text;           /* a delta was passed on: no more tries */
};

/* ---- for the driver ---- */
/* Checks the options and sets model->url. INVALID: an address or a number that cannot be used. */
MUST_USE agentos_status provider_prepare(struct model *model, agentos_error *err);

/* ---- for dialects, inside read_event and read_answer ---- */
/* Passes a piece of the answer on; from then on the request is not sent again. More than
 * RUN_CONTENT_MAX_BYTES in all ends the call with an error. */
void provider_send_text(struct provider_call *call, str text);
/* The same for a JSON string; any other value is passed over. */
void provider_send_delta(struct provider_call *call, const json_t *text);
/* The answer is complete: the call ends well with the body, or shortly if that does not end. */
void provider_finish(struct provider_call *call);
/* The provider answered with an error: ends the call with what it says. */
void provider_refuse(struct provider_call *call, const json_t *error);
/* The answer cannot be used: ends the call with this sentence. */
void provider_fail(struct provider_call *call, const char *message);

/* ---- for dialects, inside write_request ---- */
/* Writes the member "content": one text as a string, more parts as a list of {"type", "text"},
 * where text_type is the dialect's word for a text of this message's role. */
void provider_write_content(const struct model_message *message, const char *text_type, writer *w);
/* Writes the options that were set, named as every dialect names them but max_tokens_name. */
void provider_write_options(const struct model *model, const char *max_tokens_name, writer *w);

/* Token counts under a provider's names. */
struct usage_names {
    const char *input, *output, *input_details, *output_details;
};
/* Takes the counts that are there; the others stay as they are. */
void provider_read_usage(struct provider_call *call, const json_t *usage,
                         const struct usage_names *names);

#endif

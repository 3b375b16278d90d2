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
        *default_url;      /* where the provider is unless base_url says otherwise; includes /v1 */
    const char *path;      /* behind base_url */
    bool has_chat_sibling; /* see struct refusal_context */
    void (*write_request)(const struct model *model, const struct model_request *request,
                          writer *w);
    /* Understands the commonest event without parsing it; false: it is another. NULL: every event
     * is parsed. */
    bool (*skim_event)(struct provider_call *call, str data);
    /* Reads an event of a stream or a whole answer, which its members tell apart. name is that of
     * the event; empty if it has none. */
    void (*read)(struct provider_call *call, str name, const json_t *said);
    const char *not_an_answer; /* the error if none of what came was an answer or an event */
};

/* What the body of an answer is. Its first bytes decide, because labels are often wrong. */
enum body_form {
    BODY_UNKNOWN, /* too few bytes have come */
    BODY_EVENTS,  /* server-sent events */
    BODY_JSON,    /* an answer, or one event after the other */
    BODY_REFUSAL, /* the text of another status than 200 */
};

struct provider_body {
    enum body_form form;
    bool is_labelled_events;  /* decides where the first bytes do not */
    struct sse_reader reader; /* of BODY_EVENTS */
    buf text;                 /* what is not read yet; all of a BODY_REFUSAL */

    /* Of BODY_JSON: where in `text` the next byte is looked at, and what is around it there. */
    size_t at, begin; /* begin: of the value, while depth > 0 */
    size_t depth;
    bool is_in_string, is_escaped;
    bool has_value; /* a value has been read */
};

enum { TOOL_NAME_SIZE = 65 };

/* What a try has answered so far, by which its end is judged (provider_has_failed). */
struct answer_progress {
    size_t text_bytes; /* of the answer itself */
    size_t reasoning_bytes;
    bool has_begun;  /* something that is an answer came, even if it had no text */
    bool has_unread; /* content came in a form that is not understood */
    bool is_cut_off; /* by the limit of tokens or by a filter */
    bool may_end;    /* the stream may end now without a loss */
    bool wants_tool;
    char tool[TOOL_NAME_SIZE]; /* the name of the tool; empty if it was not said */

    /* Of the Responses API, where each text may come in pieces, whole, or both ways. */
    size_t open_items;                 /* output items that were begun and are not yet done */
    size_t thought_begin;              /* reasoning_bytes where the item began */
    size_t part_begin, item_begin;     /* text_bytes where the part and the item began */
    bool has_done_part, has_done_item; /* a part, and an item that is an answer, are done */
    int64_t done_output, done_content; /* the indices of the part that was done last */
};

/* Until the call is over, a fetch is under way or `wait` is running, so that something is bound to
 * happen. */
struct provider_call {
    struct model_call base;
    struct client *client;
    struct fetch *fetch; /* NULL: between tries, or the body has ended */
    struct timer wait;   /* before the next try; for the end of the body once the answer is whole */
    struct timer idle;   /* of a try */
    uint64_t last_event_ms;    /* on the loop's clock; until the first event, when the try began */
    buf request;               /* kept while it may have to be sent again */
    struct provider_body body; /* of this try */
    struct model_usage usage;
    size_t content_bytes;   /* passed on, of text and reasoning: at most RUN_CONTENT_MAX_BYTES */
    int64_t retries;        /* made */
    int64_t retry_after_ms; /* -1: not said */
    int status;             /* of this try's answer; 0: none came */
    /* How many of our own callbacks are on the stack. While it is not zero, ending the call only
     * marks it as over: the outermost callback frees it (enter_callback, leave_callback). */
    unsigned entered;
    bool wants_stream;
    bool is_whole;               /* the answer is complete: only the end of the body is missing */
    bool has_sent_text;          /* a delta was passed on: no more tries */
    struct answer_progress said; /* in this try */
};

/* ---- for the driver ---- */
/* Checks the options and sets model->url. INVALID: an address or a number that cannot be used. */
MUST_USE agentos_status provider_prepare(struct model *model, agentos_error *err);

/* Ends the call well, unless provider_has_failed. */
void provider_end(struct provider_call *call);
/* The provider has just said something: the time in which it says nothing begins anew. */
void provider_reset_idle_time(struct provider_call *call);

/* ---- the body of a try ---- */
/* Prepares for the body of call->status. */
void provider_begin_body(struct provider_call *call, const struct headers *headers);
void provider_read_body(struct provider_call *call, str bytes);
/* Ends the call, well or not: the body of a 200 has ended. */
void provider_end_body(struct provider_call *call);
/* Frees what the body holds; also before the first try. */
void provider_clear_body(struct provider_call *call);

/* Judges an answer that has ended without an error of the provider. Returns true, and writes why to
 * message, if it is not a success: it has no text, and something else than text was said. */
bool provider_has_failed(const struct provider_call *call, char message[REFUSAL_BYTES]);

/* ---- for dialects, inside read ---- */
/* Passes a piece of the answer on; from then on the request is not sent again. More than
 * RUN_CONTENT_MAX_BYTES in all ends the call with an error. */
void provider_send_text(struct provider_call *call, str text);
/* The same for a JSON string; any other value is passed over. */
void provider_send_delta(struct provider_call *call, const json_t *text);
/* The same for the content of a message: a text, a part, or a list of texts and parts. Parts that
 * are neither text nor reasoning are remembered as unread; null and NULL are no content. */
void provider_send_content(struct provider_call *call, const json_t *content);
/* Passes a piece of the model's reasoning on: a text, a part, or a list of them, of any type. */
void provider_send_reasoning(struct provider_call *call, const json_t *reasoning);
/* The model wants this tool to be called. The name may be any value. */
void provider_note_tool(struct provider_call *call, const json_t *name);
/* The answer is complete: the call ends with the body, or shortly if that does not end. */
void provider_finish(struct provider_call *call);
/* The provider answered with an error: ends the call with what it says. */
void provider_refuse(struct provider_call *call, const json_t *error);
/* If the provider reports an error in this object, ends the call with it and returns true. Members
 * that some providers send beside a good answer, such as "error": {}, are no error. */
bool provider_refuse_if_error(struct provider_call *call, const json_t *said);
/* If an answer that is none says something all the same, ends the call with its words as an error.
 */
void provider_refuse_if_words(struct provider_call *call, const json_t *said);
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

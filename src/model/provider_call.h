/* One call of a provider over HTTP: its tries, the pauses between them, and the event stream or the
 * whole answer. A struct dialect defines the form of requests, events and answers. Everything runs
 * on the call's loop. */
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
    const char *default_url; /* the provider's address if base_url is not set; includes /v1 */
    const char *path;        /* appended to base_url */
    bool has_chat_sibling;   /* see struct refusal_context */
    void (*write_request)(const struct model *model, const struct model_request *request,
                          writer *w);
    /* Reads the most frequent event without parsing it, and returns false for any other event. NULL
     * if every event is parsed. */
    bool (*skim_event)(struct provider_call *call, str data);
    /* Reads an event of a stream or a whole answer, which can be told apart by their members. name
     * is the name of the event, and empty if it has none. */
    void (*read)(struct provider_call *call, str name, const json_t *said);
    const char *not_an_answer; /* the error if no answer and no event has come */
};

/* The form of an answer's body. Its first bytes decide, because providers often label it
 * wrongly. */
enum body_form {
    BODY_UNKNOWN, /* too few bytes have come to decide */
    BODY_EVENTS,  /* server-sent events */
    BODY_JSON,    /* an answer, or one event after the other */
    BODY_REFUSAL, /* the text of an answer whose status is not 200 */
};

struct provider_body {
    enum body_form form;
    bool is_labelled_events;  /* decides if the first bytes do not */
    struct sse_reader reader; /* for BODY_EVENTS */
    buf text; /* the bytes that have not been read yet; for BODY_REFUSAL, all of them */

    /* For BODY_JSON: the position in `text` of the next byte, and what surrounds that byte. */
    size_t at, begin; /* begin is where the value begins, if depth > 0 */
    size_t depth;
    bool is_in_string, is_escaped;
    bool has_value; /* a value has been read */
};

enum { TOOL_NAME_SIZE = 65 };

/* What a try has answered so far, by which its end is judged (provider_has_failed). */
struct answer_progress {
    size_t text_bytes; /* the length of the answer itself */
    size_t reasoning_bytes;
    bool has_begun;  /* a part of an answer has come, even if it had no text */
    bool has_unread; /* content has come in a form that is not supported */
    bool is_cut_off; /* by the limit of tokens or by a filter */
    bool may_end;    /* the stream may end now without a loss */
    bool wants_tool;
    char tool[TOOL_NAME_SIZE]; /* the name of the tool; empty if it is not known */

    /* For the Responses API, in which each text may come in pieces, as a whole, or in both ways. */
    size_t open_items;                 /* output items that have begun and are not done yet */
    size_t thought_begin;              /* reasoning_bytes at the beginning of the item */
    size_t part_begin, item_begin;     /* text_bytes at the beginning of the part and of the item */
    bool has_done_part, has_done_item; /* whether a part, and an item that is an answer, are done */
    int64_t done_output, done_content; /* the indices of the part that was done last */
};

/* A call. Until it is over, a fetch is in flight or `wait` is running, so that an event is certain
 * to follow. */
struct provider_call {
    struct model_call base;
    struct client *client;
    struct fetch *fetch; /* NULL between two tries, and after the body has ended */
    /* runs before the next try, or until the end of the body of a complete answer */
    struct timer wait;
    struct timer idle; /* limits the time of a try without an event */
    /* on the loop's clock; the beginning of the try until the first event */
    uint64_t last_event_ms;
    buf request;               /* kept as long as it may have to be sent again */
    struct provider_body body; /* the body of this try */
    struct model_usage usage;
    /* the length of the text and reasoning reported so far, at most RUN_CONTENT_MAX_BYTES */
    size_t content_bytes;
    int64_t retries;        /* the retries made so far */
    int64_t retry_after_ms; /* -1 if the provider has not said it */
    int status;             /* the HTTP status of this try; 0 if there is none yet */
    /* How many of this call's own callbacks are on the stack. While it is not zero, ending the call
     * only marks it as over, and the outermost callback frees it (enter_callback,
     * leave_callback). */
    unsigned entered;
    bool wants_stream;
    bool is_whole;      /* the answer is complete, and only the end of the body is missing */
    bool has_sent_text; /* text has been reported, so there are no more tries */
    struct answer_progress said; /* for this try */
};

/* ---- for the driver ---- */

/* Checks the options and sets model->url. Returns INVALID if the address or a number cannot be
 * used. */
MUST_USE agentos_status provider_prepare(struct model *model, agentos_error *err);

/* Ends the call with on_done, or with on_error if provider_has_failed. */
void provider_end(struct provider_call *call);
/* Restarts the time for which the provider may send no event, because one has just come. */
void provider_reset_idle_time(struct provider_call *call);

/* ---- the body of a try ---- */

/* Prepares for the body of an answer with call->status. Ends the call with an error if the body
 * could not be read. */
void provider_begin_body(struct provider_call *call, const struct headers *headers);
void provider_read_body(struct provider_call *call, str bytes);
/* Ends the call with an error, because the body of a 200 has ended before the answer has said that
 * it is complete, unless what has come can still be judged as an answer. */
void provider_end_body(struct provider_call *call);
/* Frees the memory of the body; may be called before the first try. */
void provider_clear_body(struct provider_call *call);

/* Judges an answer that has ended without an error of the provider. Returns true, and writes the
 * reason to message, if it is not a success: it has no text, and the provider has said why or has
 * not begun an answer. */
bool provider_has_failed(const struct provider_call *call, char message[REFUSAL_BYTES]);

/* ---- for dialects, inside read ---- */

/* Reports a piece of the answer, after which the request is not sent again. If the answer and its
 * reasoning exceed RUN_CONTENT_MAX_BYTES, the call ends with an error. */
void provider_send_text(struct provider_call *call, str text);
/* Does the same for a JSON string, and ignores any other value. */
void provider_send_delta(struct provider_call *call, const json_t *text);
/* Does the same for the content of a message: a text, a part, or a list of texts and parts. A part
 * that is neither text nor reasoning is remembered as unread. null and NULL are no content. */
void provider_send_content(struct provider_call *call, const json_t *content);
/* Reports a piece of the model's reasoning: a text, a part, or a list of them, of any type. */
void provider_send_reasoning(struct provider_call *call, const json_t *reasoning);
/* Records that the model wants to call this tool. The name may be any value. */
void provider_note_tool(struct provider_call *call, const json_t *name);
/* Records that the answer is complete. The call ends with the body, or shortly afterwards if the
 * body does not end. */
void provider_finish(struct provider_call *call);
/* Ends the call with the error that the provider has answered. */
void provider_refuse(struct provider_call *call, const json_t *error);
/* If the provider reports an error in this object, ends the call with it and returns true. Members
 * that some providers send with a good answer, such as "error": {}, do not count as errors. */
bool provider_refuse_if_error(struct provider_call *call, const json_t *said);
/* Ends the call with the words of the provider as an error, if it says something in place of an
 * answer. */
void provider_refuse_if_words(struct provider_call *call, const json_t *said);

/* Ends the call with this sentence, because the answer cannot be used. */
void provider_fail(struct provider_call *call, const char *message);

/* ---- for dialects, inside write_request ---- */

/* Writes the member "content": a single text as a string, and several parts as a list of {"type",
 * "text"}. text_type is the dialect's type of a text in a message of this role. */
void provider_write_content(const struct model_message *message, const char *text_type, writer *w);
/* Writes the options that are set. All dialects use the same names, except for max_tokens_name. */
void provider_write_options(const struct model *model, const char *max_tokens_name, writer *w);

/* A provider's names of the token counts. */
struct usage_names {
    const char *input, *output, *input_details, *output_details;
};
/* Reads the counts that are present, and leaves the others unchanged. */
void provider_read_usage(struct provider_call *call, const json_t *usage,
                         const struct usage_names *names);

#endif

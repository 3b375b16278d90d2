/* One call of a provider over HTTP, including its retries. A struct dialect defines the API.
 * Everything runs on the call's loop. */
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
    const char *default_url;   /* the provider's address if base_url is not set; includes /v1 */
    const char *path;          /* appended to base_url */
    bool has_chat_alternative; /* see struct refusal_context */
    void (*write_request)(const struct model *model, const struct model_request *request,
                          writer *w);
    /* Reads the most frequent event without parsing it. Returns false for other events. May be
     * NULL. */
    bool (*skim_event)(struct provider_call *call, str data);
    /* Reads an event of a stream or a whole answer. name is the event's name; may be empty. */
    void (*read)(struct provider_call *call, str name, const json_t *payload);
    const char *invalid_answer; /* the error for a body that is no answer */
};

/* The form of a body. Its first bytes determine it, since providers often label it wrongly. */
enum body_form {
    BODY_UNKNOWN, /* too few bytes so far */
    BODY_EVENTS,  /* server-sent events */
    BODY_JSON,    /* an answer, or one event after the other */
    BODY_REFUSAL, /* the text of an answer whose status is not 200 */
};

struct provider_parse; /* declared in model/provider_parse.h */

struct provider_body {
    enum body_form form;
    bool is_labelled_events;  /* used if the first bytes are ambiguous */
    struct sse_reader reader; /* for BODY_EVENTS */
    buf text;                 /* unread bytes; for BODY_REFUSAL, all bytes */

    /* For BODY_JSON: the position in `text` of the next byte, and the state of the scanner. */
    size_t at, begin; /* begin is where the value begins, if depth > 0 */
    size_t depth;
    bool is_in_string, is_escaped;
    bool has_value; /* a value has been read */
    /* A long value that is being parsed on another thread; NULL if there is none. What follows it
     * waits in `text`, and so does the end of the try. */
    struct provider_parse *parse;
};

enum { TOOL_NAME_SIZE = 65 };

/* The progress of one try, by which provider_has_failed judges its end. */
struct answer_progress {
    size_t text_bytes; /* the length of the answer itself */
    size_t reasoning_bytes;
    bool has_begun;  /* a part of an answer has come, even if it had no text */
    bool has_unread; /* content has come in a form that is not supported */
    bool is_cut_off; /* by the limit of tokens or by a filter */
    bool may_end;    /* the stream may end here */
    bool wants_tool;
    char tool[TOOL_NAME_SIZE]; /* the name of the tool; empty if it is not known */

    /* For the Responses API, which may send each text as deltas, as a whole, or both. */
    size_t open_items;                 /* output items that have begun and are not done yet */
    size_t reasoning_begin;            /* reasoning_bytes at the beginning of the item */
    size_t part_begin, item_begin;     /* text_bytes at the beginning of the part and of the item */
    bool has_done_part, has_done_item; /* whether a part, and an item that is an answer, are done */
    int64_t done_output, done_content; /* the indices of the part that was done last */
};

/* A call. Until it is over, a fetch is in flight or `wait` is running. */
struct provider_call {
    struct model_call base;
    struct client *client;
    struct fetch *fetch; /* NULL between two tries, and after the body has ended */
    /* runs before the next try, or until the end of the body of a complete answer */
    struct timer wait;
    struct timer idle; /* limits the time of a try without an event */
    /* on the loop's clock; at first, the start of the try */
    uint64_t last_event_ms;
    buf request;               /* kept while it may be sent again */
    struct provider_body body; /* the body of this try */
    struct model_usage usage;
    /* the length of the text and reasoning reported so far, at most base.answer_max_bytes */
    size_t content_bytes;
    int64_t retries;        /* the retries made so far */
    int64_t retry_after_ms; /* -1 if absent */
    int status;             /* the HTTP status of this try; 0 if there is none yet */
    /* The number of this call's callbacks on the stack. The outermost one frees a call that is
     * over (enter_callback, leave_callback). */
    unsigned entered;
    /* how the fetch has ended, if it has ended during a parse */
    bool has_ended;
    agentos_status end_status;
    char end_reason[192];
    bool wants_stream;
    bool is_whole;                   /* the answer is complete; the body has not ended */
    bool has_sent_text;              /* text has been reported: no more retries */
    struct answer_progress progress; /* for this try */
};

/* ---- for the driver ---- */

/* Checks the options and sets model->url. Returns INVALID for a bad URL or number. */
MUST_USE agentos_status provider_prepare(struct model *model, agentos_error *err);

/* Ends the call with on_done, or with on_error if provider_has_failed. */
void provider_end(struct provider_call *call);
/* Restarts the time limit for the next event. */
void provider_reset_idle_time(struct provider_call *call);

/* ---- the body of a try ---- */

/* Prepares for the body of an answer with call->status. Ends the call if the body is compressed. */
void provider_begin_body(struct provider_call *call, const struct headers *headers);
void provider_read_body(struct provider_call *call, str bytes);
/* Handles the end of a 200 body whose answer is not known to be complete: an error, unless the body
 * is a whole JSON value. */
void provider_end_body(struct provider_call *call);
/* Handles a value that was parsed on another thread, and what came after it. json is NULL if the
 * value is no JSON. */
void provider_read_parsed(struct provider_call *call, str name, const json_t *json);
/* As provider_read_parsed, but called by the loop, and handles the end of the try that has come
 * meanwhile. May free the call. */
void provider_on_parsed(struct provider_call *call, str name, const json_t *json);
/* Frees the memory of the body; may be called before the first try. */
void provider_clear_body(struct provider_call *call);

/* Returns true, and writes the reason to message, if a finished answer has no text for a known
 * reason or was never begun. */
bool provider_has_failed(const struct provider_call *call, char message[REFUSAL_BYTES]);

/* ---- for dialects, inside read ---- */

/* Reports a piece of the answer, which rules out retries. Ends the call with an error if answer and
 * reasoning exceed base.answer_max_bytes. */
void provider_send_text(struct provider_call *call, str text);
/* Reports a JSON string. Ignores other values. */
void provider_send_delta(struct provider_call *call, const json_t *text);
/* Reports the content of a message: a text, a part, or a list of them. Records unsupported parts as
 * unread. Ignores null and NULL. */
void provider_send_content(struct provider_call *call, const json_t *content);
/* Reports a piece of the model's reasoning: a text, a part, or a list of them, of any type. */
void provider_send_reasoning(struct provider_call *call, const json_t *reasoning);
/* Records a requested tool call. The name may be any value. */
void provider_record_tool(struct provider_call *call, const json_t *name);
/* Marks the answer as complete. The call ends with the body, or shortly afterwards. */
void provider_finish(struct provider_call *call);
/* Ends the call with the provider's error. */
void provider_refuse(struct provider_call *call, const json_t *error);
/* If the object reports an error, ends the call with it and returns true. Empty members, such as
 * "error": {}, are no errors. */
bool provider_refuse_if_error(struct provider_call *call, const json_t *payload);
/* Ends the call if the object has an error message in place of an answer. */
void provider_refuse_if_message(struct provider_call *call, const json_t *payload);

/* Ends the call with this error message. */
void provider_fail(struct provider_call *call, const char *message);

/* ---- for dialects, inside write_request ---- */

/* Writes the member "content": a single text as a string, and several parts as a list of {"type",
 * "text"}. text_type is the dialect's type of a text in a message of this role. */
void provider_write_content(const struct model_message *message, const char *text_type, writer *w);
/* Writes the options that are set. max_tokens_name is the dialect's name of the token limit. */
void provider_write_options(const struct model *model, const char *max_tokens_name, writer *w);

/* A provider's names of the token counts. */
struct usage_names {
    const char *input, *output, *input_details, *output_details;
};
/* Updates the token counts that are present. Without total_tokens, the total is recomputed. */
void provider_read_usage(struct provider_call *call, const json_t *usage,
                         const struct usage_names *names);

#endif

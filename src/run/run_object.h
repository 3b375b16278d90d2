/* The run object of answers and its JSON, from a finished run (run.c) or a stored row
 * (run_row_object.c). Safe on any thread. */
#ifndef RUN_RUN_OBJECT_H
#define RUN_RUN_OBJECT_H

#include "model/model.h"
#include "run/run_status.h"
#include "json/shape.h"

/* One message of the conversation, with the members that the contract gives it. */
struct run_message {
    const char *id;
    struct model_message body; /* the role and the parts */
    int64_t created_at;        /* in seconds since 1970 */
    bool from_history;         /* the message is part of an earlier run of the session */
    const char *reasoning;     /* the model's reasoning before its answer; may be NULL */
    bool has_metrics; /* set for the model's answer, for which the two members below are valid */
    struct model_usage usage;
    double time_to_first_token; /* in seconds since the model was asked */
};

/* NULL and empty members are left out of the object, where they are allowed. */
struct run_object {
    const char *run_id, *session_id;
    const char *agent_id, *agent_name;
    const char *user_id;
    const char *input;     /* the user's message; not NULL */
    const char *content;   /* the answer so far, or the error; not NULL */
    const char *reasoning; /* the model's reasoning before its answer */
    const char *model_id, *model_provider;
    str session_state;  /* a JSON object; not empty */
    str metadata;       /* a JSON object */
    int64_t created_at; /* in seconds since 1970 */
    enum run_status status;
    enum run_stage stage;

    struct model_usage usage;
    bool has_first_token;       /* the model has begun its answer, or has ended an empty one */
    bool has_details;           /* the counts are also shown for each model */
    double time_to_first_token; /* in seconds since the run began */
    double duration;            /* in seconds */

    const struct run_message *messages; /* oldest first, with the history sent to the model */
    size_t message_count;
    str events; /* a JSON list of the events that were kept; empty if there are none */
};

enum run_shape {
    /* the answer to the request that started the run, with the history and without events */
    RUN_SHAPE_REPLY,
    RUN_SHAPE_STORED, /* the answer to GET, without the history and with events */
};

/* Writes the object as JSON, with its members in the contract's order. */
void run_object_write(const struct run_object *object, enum run_shape shape, writer *w);

/* The shapes of these objects, and of their metrics and messages. */
extern const struct shape run_reply_shape, run_stored_shape, run_metrics_shape, run_message_shape;

/* The shape of the data that a session keeps about the agent with which it was begun
 * (run_store.c). */
extern const struct shape run_agent_data_shape;

/* Writes the object of the run's metrics, without a key. */
void run_object_write_metrics(const struct run_object *object, writer *w);

/* Writes the list of messages, without a key. The history is left out unless with_history is
 * set. */
void run_object_write_messages(const struct run_object *object, bool with_history, writer *w);

/* Writes one message, without a key. */
void run_object_write_message(const struct run_message *message, writer *w);

#endif

/* The run object that answers show: a run as plain data, and the writer that makes JSON of it. The
 * data comes from a run that has ended (run.c) or from a stored row (run_row_object.c). The
 * functions can be called on any thread; they use neither a clock nor the database. */
#ifndef RUN_RUN_OBJECT_H
#define RUN_RUN_OBJECT_H

#include "model/model.h"
#include "run/run_status.h"
#include "json/shape.h"

/* One message of the conversation, as the contract shows it. */
struct run_message {
    const char *id;
    struct model_message said; /* role and parts */
    int64_t created_at;        /* seconds */
    bool from_history;         /* of an earlier run of the session */
    const char *reasoning;     /* what the model thought before it answered; NULL if nothing */
    bool has_metrics;          /* set for the model's answer: the two members below are valid */
    struct model_usage usage;
    double time_to_first_token; /* seconds, since the model was asked */
};

/* A member that is NULL, or an empty str, is left out of the object, unless its comment says that
 * it must not be. */
struct run_object {
    const char *run_id, *session_id;
    const char *agent_id, *agent_name;
    const char *user_id;
    const char *input;     /* the user's message */
    const char *content;   /* the answer so far, or the error; not NULL */
    const char *reasoning; /* what the model thought before it answered */
    const char *model_id, *model_provider;
    str session_state;  /* a JSON object; not empty */
    str metadata;       /* a JSON object */
    int64_t created_at; /* seconds */
    enum run_status status;
    enum run_stage stage;

    struct model_usage usage;
    bool has_first_token;       /* the model has begun its answer, or ended an empty one */
    bool has_details;           /* the counts are also shown for each model */
    double time_to_first_token; /* seconds, since the run began */
    double duration;            /* seconds */

    const struct run_message *messages; /* oldest first, with the history sent to the model */
    size_t message_count;
    str events; /* a JSON list of the events that were kept; empty if there are none */
};

enum run_shape {
    RUN_SHAPE_REPLY,  /* the answer to the request that started it: with history, without events */
    RUN_SHAPE_STORED, /* as GET answers it: without history, with events */
};

/* Writes the object as JSON, with its members in the contract's order. */
void run_object_write(const struct run_object *object, enum run_shape shape, writer *w);

/* The JSON of these objects, and of their metrics and messages. */
extern const struct shape run_reply_shape, run_stored_shape, run_metrics_shape, run_message_shape;

/* What a session keeps of the agent that it was begun with (run_store.c). */
extern const struct shape run_agent_data_shape;

/* Writes the run's metrics, as a value. */
void run_object_write_metrics(const struct run_object *object, writer *w);

/* Writes the list of messages, as a value. */
void run_object_write_messages(const struct run_object *object, bool with_history, writer *w);

/* Writes one message, as a value. */
void run_object_write_message(const struct run_message *message, writer *w);

#endif

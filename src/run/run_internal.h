/* The internals of a run, for run.c, run_store.c and run_events.c. */
#ifndef RUN_RUN_INTERNAL_H
#define RUN_RUN_INTERNAL_H

#include "base/ensure.h"
#include "base/random.h"
#include "run/run.h"
#include "run/run_index.h"
#include "run/run_object.h"
#include "json/parse.h"

enum run_state {
    RUN_LOADING, /* a database thread is loading the session */
    RUN_ASKING,  /* the model answers */
    RUN_SAVING,  /* the answer has ended; the database is saving the run */
    RUN_OVER,    /* the sinks have been notified */
};

/* An event that ends a run. It is rendered before the run is saved and sent afterwards. */
struct last_event {
    enum run_event_kind kind;
    str json;
};
enum { LAST_EVENTS_MAX = 2 };

/* A run belongs to its loop. While a database thread runs `job`, that thread owns all members
 * except stream, is_output_paused, cancel_requested and stage, which still belong to the loop. */
struct run {
    const struct run_services *services;
    const struct agent *agent;
    arena *arena; /* contains the run itself */
    struct event_stream stream;
    struct db_job job;
    struct run_index_entry index_entry;
    void (*release)(void *kept);
    void *kept;

    char run_id[UUID_SIZE];
    const char *session_id;
    bool is_new_session;
    struct owner owner;
    const char *input;
    bool wants_deltas, keeps_events;
    bool adds_history; /* send earlier runs to the model */
    struct claimed_state claimed;
    const char *requested_state; /* the state in the request, as JSON; NULL if there was none */
    /* the session's state with the requested state merged into it, as JSON; empty until it is
     * loaded */
    str session_state;
    str metadata; /* JSON, or empty */
    struct run_context context;

    /* the history, followed by the run's own messages; laid out by run_load */
    struct run_message *messages;
    size_t message_count, message_capacity;

    enum run_state state;
    bool is_output_paused, cancel_requested;
    enum run_stage stage;
    struct model_call *call; /* NULL unless the model is answering */
    struct model_usage usage;
    size_t answer_max_bytes;
    agentos_status (*hold)(void *kept, size_t bytes, agentos_error *err); /* see run_request */
    buf content, reasoning;
    enum run_status status; /* RUNNING until the run gets its final status */
    const char *error_type; /* NULL unless the status is ERROR */
    const char *error_text; /* the message of the RunError event; NULL unless the status is ERROR */
    bool storage_failed;    /* the run could not be saved, and job.err says why */
    struct run_object object; /* filled in when the run is being saved */
    /* filled in with `object`, on the loop, to relieve the single writer thread */
    struct run_row row;

    int64_t created_at;
    /* 0 until the moment has come */
    uint64_t started_ns, model_started_ns, first_token_ns, ended_ns;

    str event_common; /* the members that all events of this run share, rendered once */
    str delta_rest;   /* the members after the text of a delta event, rendered once */
    buf event;        /* scratch space for one event */
    /* the names and times of the events as "[{...},{...}", if keeps_events is set */
    buf kept_events;
    struct last_event last_events[LAST_EVENTS_MAX];
    size_t last_event_count;
};

/* Checks the invariants that hold whenever another file calls a function of the run. */
static inline void run_ensure(const struct run *run)
{
    ensure(run->services != NULL);
    ensure(run->agent != NULL);
    ensure(run->arena != NULL);
    ensure(run->state <= RUN_OVER);
    ensure(run->status < RUN_STATUS_COUNT);
    ensure(run->call == NULL || run->state == RUN_ASKING);
    ensure(run->status == RUN_STATUS_RUNNING || run->state >= RUN_SAVING);
    ensure(run->message_count <= run->message_capacity);
    ensure(run->stage == RUN_STAGE_NONE || run->cancel_requested);
    ensure((run->error_text != NULL) == (run->status == RUN_STATUS_ERROR));
    ensure((run->error_text != NULL) == (run->error_type != NULL));
}

/* ---- run_store.c ---- */

/* Checks that the owner may use the session, and builds its state and the conversation. conn is
 * NULL for a new session. Called on a database thread unless conn is NULL. */
agentos_status run_load(struct db_conn *conn, struct db_job *job, agentos_error *err);
/* Returns the number of bytes that a loaded run holds until the model answers. */
size_t run_held_bytes(const struct run *run);
/* Claims the session for the run's user. Returns NOT_FOUND if it belongs to another user. Called on
 * a database thread. */
agentos_status run_claim(struct db_conn *conn, struct db_job *job, agentos_error *err);
/* Fills in run->row from the run and its object. */
void run_fill_row(struct run *run);
/* Saves run->row. Returns TOO_LARGE if the row could not be rendered. Called on a database
 * thread. */
agentos_status run_store(struct db_conn *conn, struct db_job *job, agentos_error *err);
/* Appends a message of one text, with a new ID and the run's time. run->messages must have room. */
struct run_message *run_add_message(struct run *run, const char *role, str text);

/* ---- run_events.c ---- */

/* Renders the shared parts of events into run->event_common and run->delta_rest. */
void run_render_common(struct run *run);
/* The content of a RUN_CONTENT event: a piece of the answer or of the model's reasoning. Exactly
 * one of them is empty. */
struct run_delta {
    str content, reasoning;
};
/* Renders one event into run->event and returns a view of it, which is valid until the next call.
 * delta is NULL for all kinds but RUN_CONTENT. */
str run_render_event(struct run *run, enum run_event_kind kind, const struct run_delta *delta,
                     int64_t now_s);
/* Sends an event to the sinks, and keeps it for storage if the run keeps its events. delta is NULL
 * for all kinds but RUN_CONTENT. */
void run_emit(struct run *run, enum run_event_kind kind, const struct run_delta *delta);
/* Fills in run->object. The run must have its final status. */
void run_fill_object(struct run *run);
/* Renders the final events into run->last_events, and keeps them if the run keeps its events.
 * run->object must be filled in. */
void run_prepare_last_events(struct run *run);
/* Sends the final events. The run must be saved. */
void run_send_last_events(struct run *run);

/* Returns the run that a database job is part of. */
static inline struct run *run_of_job(struct db_job *job)
{
    struct run *run = LIST_OWNER(job, struct run, job);

    /* no job is under way in another state */
    ensure(run->state == RUN_LOADING || run->state == RUN_SAVING);
    return run;
}

#endif

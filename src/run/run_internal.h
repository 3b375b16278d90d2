/* The inside of a run, which only the state machine (run.c), its storage (run_store.c) and its
 * events (run_events.c) may include. */
#ifndef RUN_RUN_INTERNAL_H
#define RUN_RUN_INTERNAL_H

#include "base/ensure.h"
#include "base/random.h"
#include "run/run.h"
#include "run/run_index.h"
#include "run/run_object.h"
#include "json/parse.h"

enum run_state {
    RUN_LOADING, /* a database thread checks the session and loads its history */
    RUN_ASKING,  /* the model answers */
    RUN_SAVING,  /* the answer is complete, or the writer makes it durable */
    RUN_OVER,    /* the sinks were told of the end */
};

/* The events that end a run, rendered before it is saved and sent after. */
struct last_event {
    enum run_event_kind kind;
    str json;
};
enum { LAST_EVENTS_MAX = 2 };

/* A run belongs to its loop. While a database thread runs `job`, that thread owns every member but
 * stream, is_output_paused, cancel_requested and stage, which stay with the loop. */
struct run {
    const struct run_services *services;
    const struct agent *agent;
    arena *arena; /* the run itself is in it */
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
    const char *requested_state; /* what the request gave, as JSON; NULL: nothing */
    str session_state; /* JSON: that, over what the session held; empty before it is loaded */
    str metadata;      /* JSON; empty: none */
    struct run_context context;

    struct run_message *messages; /* history, then the run's own; laid out by run_load */
    size_t message_count, message_capacity;

    enum run_state state;
    bool is_output_paused, cancel_requested;
    enum run_stage stage;
    struct model_call *call; /* NULL unless the model is answering */
    struct model_usage usage;
    buf content, reasoning;
    enum run_status status;   /* RUNNING, then the final one */
    const char *error_type;   /* of status ERROR */
    const char *error_text;   /* what a RunError says; NULL unless the status is ERROR */
    bool storage_failed;      /* then job.err says why */
    struct run_object object; /* filled in once the run is being saved */
    struct run_row row;       /* likewise; rendered on the loop: the one writer has enough to do */

    int64_t created_at;
    uint64_t started_ns, model_started_ns, first_token_ns, ended_ns; /* 0: not yet */

    str event_common; /* the members all events of this run share, rendered once */
    str delta_rest;   /* what follows the text in the event of a delta, likewise */
    buf event;        /* scratch for one event */
    buf kept_events;  /* names and times, "[{...},{...}", while keeps_events */
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

/* run_store.c */
/* Checks that the owner may use the session, and lays out its state and the conversation. conn is
 * NULL for a new session, which is not in the database yet. Called on a database thread unless conn
 * is NULL. */
agentos_status run_load(struct db_conn *conn, struct db_job *job, agentos_error *err);
/* Fills in run->row from the run and its object. */
void run_fill_row(struct run *run);
/* Saves run->row. TOO_LARGE if the row could not be rendered. Called on a database thread. */
agentos_status run_store(struct db_conn *conn, struct db_job *job, agentos_error *err);
/* Adds a new message of one text to the conversation, and returns it. run->messages must have room
 * for it. */
struct run_message *run_add_message(struct run *run, const char *role, str text);

/* run_events.c */
/* Renders what many events of the run share, into run->event_common and run->delta_rest. */
void run_render_common(struct run *run);
/* What a RUN_CONTENT tells: a piece of the answer or of the model's reasoning. One is empty. */
struct run_delta {
    str content, reasoning;
};
/* Renders one event into run->event and returns it, valid until the next call. delta is NULL for
 * all kinds but RUN_CONTENT. */
str run_render_event(struct run *run, enum run_event_kind kind, const struct run_delta *delta,
                     int64_t now_s);
/* Sends an event to the sinks, and keeps it for storage if the run keeps its events. delta as
 * above. */
void run_emit(struct run *run, enum run_event_kind kind, const struct run_delta *delta);
/* Fills in run->object. The run must have its final status. */
void run_fill_object(struct run *run);
/* Renders the events that will end the run into run->last_events, and keeps them for storage if the
 * run keeps its events. run->object must be filled in. */
void run_prepare_last_events(struct run *run);
/* Sends the events that end the run. The run must be saved. */
void run_send_last_events(struct run *run);

/* Returns the run that a database job is part of. */
static inline struct run *run_of_job(struct db_job *job)
{
    struct run *run = LIST_OWNER(job, struct run, job);

    ensure(run->state == RUN_LOADING || run->state == RUN_SAVING); /* a job is out in no other */
    return run;
}

#endif

/* The inside of a run, shared by the state machine (run.c), its storage (run_store.c) and its
 * rendering (run_render.c); for no other file. */
#ifndef RUN_RUN_INTERNAL_H
#define RUN_RUN_INTERNAL_H

#include "base/random.h"
#include "run/run.h"
#include "run/run_index.h"
#include "json/parse.h"

enum run_state {
    RUN_PREPARING, /* a database thread checks the session and loads its history */
    RUN_CALLING,   /* the model answers */
    RUN_SAVING,    /* the writer makes it durable */
};

/* One message of the conversation, as the contract shows it. */
struct run_message {
    const char *id, *role, *content;
    int64_t created_at;
    bool from_history;
    const json_t *metrics; /* of a history message, or NULL */
    bool has_usage;        /* this run's answer: usage stands in the run */
};

struct run {
    const struct run_services *services;
    const struct agent *agent;
    const struct run_observer *observer; /* NULL: nobody listens any more */
    void *user;
    arena *arena;
    struct db_job job;
    struct run_index_entry index_entry;
    void (*release)(void *kept);
    void *kept;

    char run_id[UUID_SIZE];
    const char *session_id;
    bool is_new_session;
    struct owner owner;
    const char *input;
    bool stream, keeps_events;
    json_t *session_state; /* owned: what the request gave, then merged over the stored one */
    json_t *metadata;      /* owned, or NULL */
    struct run_context context;
    struct run_row row; /* to be saved; rendered on the loop: the one writer has enough to do */

    struct run_message *messages;
    size_t message_count;

    enum run_state state;
    bool is_paused, cancel_requested;
    struct model_call *call;
    struct model_usage usage;
    buf content;
    const char *status;     /* "RUNNING", then the final one */
    const char *error_type; /* of status ERROR */
    const char *error_text; /* what a RunError says */
    bool storage_failed;

    int64_t created_at;
    uint64_t started_ns, model_started_ns, first_token_ns, ended_ns;

    str event_common; /* the members all events of this run share, rendered once */
    buf event;        /* scratch for one event */
};

/* run_store.c */
agentos_status run_load(struct db_conn *conn, struct db_job *job, agentos_error *err);
void run_lay_out_row(struct run *run);
agentos_status run_store(struct db_conn *conn, struct db_job *job, agentos_error *err);

/* run_render.c */
enum run_event run_last_event(const struct run *run); /* of one that is over */
void run_render_common(struct run *run);
str run_render_event(struct run *run, enum run_event event, str delta);
void run_write_stored(const struct run *run, writer *w); /* as GET answers it: no history */

static inline struct run *run_of_job(struct db_job *job)
{
    return (struct run *)(void *)((char *)job - offsetof(struct run, job));
}

#endif

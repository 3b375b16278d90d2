/* A run: one question to an agent, from its session's history to its durable answer. Knows neither
 * HTTP nor who may ask. All functions are called on the run's loop. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "agent/agent.h"
#include "loop/busy.h"
#include "run/event.h"
#include "run/run_status.h"
#include "run/stream.h"
#include "store/run_row.h"
#include "json/writer.h"

struct run;

/* What the runs of one loop share. */
struct run_services {
    struct loop *loop;
    struct client *client;
    struct db *db;
    struct run_index *index; /* all loops' runs, for cancellation */
    struct busy *busy;       /* counts what is under way on this loop */
    /* Once a run, when it is over, whether anyone still follows it or not; may be NULL. */
    void (*on_over)(void *user, const struct run *run);
    void *user; /* of on_over */
};

/* Copied by run_start. */
struct run_request {
    const struct agent *agent; /* outlives the run */
    str message;
    str session_id;            /* empty: a new session */
    struct owner owner;        /* the owner that its session must have; user_id NULL: no user */
    const char *session_state; /* a JSON object as text, already checked; NULL: none */
    const char *metadata;      /* likewise */
    bool stream;               /* the model is asked for deltas */
    bool keeps_events;         /* its events are stored with it, but for the deltas */
    /* What keeps the agent alive; released when the run is gone. NULL: nothing does. */
    void (*release)(void *kept);
    void *kept;
};

/* Starts a run, followed by this sink; NULL: by none. It is gone once it has ended, and
 * must not be touched after the sink's last call. */
struct run *run_start(const struct run_services *services, const struct run_request *request,
                      const struct run_sink *sink, void *user);

/* One more sink, which is sent what comes from now on; and one less, with this user. */
void run_add_sink(struct run *run, const struct run_sink *sink, void *user);
void run_remove_sink(struct run *run, const void *user);

enum run_cancel_cause { RUN_CANCEL_ASKED, RUN_CANCEL_CLIENT_LEFT };

/* Stops the run: what the model said so far is saved with status CANCELLED, and the sinks are sent
 * RunCancelled, RunCompleted and the end. Nothing happens if it was cancelled before, or if the
 * answer is complete already. */
void run_cancel(struct run *run, enum run_cancel_cause cause);

/* Back-pressure: a reader is slow, so the model waits. Has nothing to do with status PAUSED. */
void run_pause_output(struct run *run);
void run_resume_output(struct run *run);

const char *run_id(const struct run *run);
const char *run_agent_id(const struct run *run);

/* RUNNING of a run that was refused, else COMPLETED, CANCELLED or ERROR. */
enum run_status run_status(const struct run *run);

/* NULL unless the run could not be saved: then the storage error. */
const agentos_error *run_storage_error(const struct run *run);

/* Why it ended with status ERROR; NULL: it did not. */
const char *run_failure(const struct run *run);

/* Writes the run object of a reply, with the history that the model saw. For a run that is over and
 * was saved. */
void run_write(const struct run *run, writer *w);

#endif

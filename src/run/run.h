/* A run is one question to an agent: it loads the session's history, asks the model, and saves the
 * answer. It knows neither HTTP nor who may ask. All functions are called on the run's loop. */
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
    struct run_index *index; /* the runs of all loops, for cancellation */
    struct busy *busy;       /* counts the work under way on this loop */
    /* Called once for each run, when it is over, even if no sink is left. May be NULL. */
    void (*on_over)(void *user, const struct run *run);
    void *user; /* passed to on_over */
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
    /* Called with `kept`, which keeps the agent alive, when the run is freed. May be NULL. */
    void (*release)(void *kept);
    void *kept;
};

/* Starts a run and calls this sink with its events; no sink is called if it is NULL. The run frees
 * itself once it has ended: do not use it after the last call of the sink. */
struct run *run_start(const struct run_services *services, const struct run_request *request,
                      const struct run_sink *sink, void *user);

/* Adds a sink, which gets the events from now on. */
void run_add_sink(struct run *run, const struct run_sink *sink, void *user);
/* Removes the sinks with this user; they are not called again. */
void run_remove_sink(struct run *run, const void *user);

enum run_cancel_cause { RUN_CANCEL_ASKED, RUN_CANCEL_CLIENT_LEFT };

/* Stops the run. The answer so far is saved with status CANCELLED, and the sinks are sent
 * RunCancelled, RunCompleted and the end. Does nothing if the run was cancelled before, or if the
 * answer is complete already. */
void run_cancel(struct run *run, enum run_cancel_cause cause);

/* Makes the model wait while a reader is slow, and go on. Not related to the status PAUSED. */
void run_pause_output(struct run *run);
void run_resume_output(struct run *run);

const char *run_id(const struct run *run);
const char *run_agent_id(const struct run *run);

/* Returns the status of a run that is over: COMPLETED, CANCELLED or ERROR, and RUNNING if the run
 * was refused. */
enum run_status run_status(const struct run *run);

/* Returns why the run could not be saved; NULL if it was saved. */
const agentos_error *run_storage_error(const struct run *run);

/* Returns why the run has the status ERROR; NULL if it has another status. */
const char *run_failure(const struct run *run);

/* Writes the run object of a reply, with the history that the model was sent. The run must be over
 * and saved. */
void run_write(const struct run *run, writer *w);

#endif

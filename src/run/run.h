/* A run is one question to an agent. It loads the session's history, asks the model, and saves the
 * answer. It does not depend on HTTP or on who may ask. All functions are called on the run's loop
 * and do not block. */
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

/* The objects that all runs of one loop share. */
struct run_services {
    struct loop *loop;
    struct client *client;
    struct db *db;
    struct run_index *index; /* the runs of all loops, through which any loop can cancel a run */
    struct busy *busy;       /* counts the work under way on this loop */
    /* Called once for each run, when it is over, even if no sink is left. May be NULL. */
    void (*on_over)(void *user, const struct run *run);
    void *user; /* passed to on_over */
};

/* The request for a run. run_start copies it, except for the agent. */
struct run_request {
    const struct agent *agent; /* must outlive the run; `kept` keeps it alive */
    str message;
    str session_id;     /* empty for a new session */
    struct owner owner; /* the owner that the session must have; user_id is NULL for no user */
    const char *session_state; /* a JSON object as text, which was checked before; may be NULL */
    const char *metadata;      /* a JSON object as text, which was checked before; may be NULL */
    bool stream;               /* the model is asked to send its answer in pieces */
    bool keeps_events; /* the events are stored with the run, except for the pieces of the answer */
    /* Called with `kept`, which keeps the agent alive, when the run is freed. May be NULL. */
    void (*release)(void *kept);
    void *kept;
};

/* Starts a run and returns it. The sink, which may be NULL, is called with its events, never before
 * this returns. The run frees itself when it has ended, so the caller must not use it after the
 * last call of the sink. */
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

/* run_pause_output makes the model wait while a reader is slow, and run_resume_output lets it
 * continue. Neither has to do with the status PAUSED. */
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

/* Writes the run object of a reply, with the history that was sent to the model. The run must be
 * over and saved. */
void run_write(const struct run *run, writer *w);

#endif

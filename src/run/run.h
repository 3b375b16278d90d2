/* A run: one question to an agent. It loads the session, calls the model and saves the answer. All
 * functions must be called on the run's loop, and none blocks. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "agent/agent.h"
#include "base/choice.h"
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
    struct run_index *index; /* the runs of all loops */
    struct busy *busy;       /* counts the work under way on this loop */
    /* Called once when a run is over, with or without sinks. May be NULL. */
    void (*on_over)(void *user, const struct run *run);
    void *user; /* passed to on_over */
};

/* The members of the session's state that only the caller's token sets. They replace those of the
 * session and of the request. */
struct claimed_state {
    const char *const *names; /* as long-lived as the run's `kept` */
    size_t count;
    const char *values; /* an object with the names that the token has, or NULL */
};

/* The request for a run. run_start copies it, except for the agent. */
struct run_request {
    const struct agent *agent; /* must outlive the run; `kept` keeps it alive */
    str message;
    str session_id;     /* empty for a new session */
    struct owner owner; /* the owner that the session must have; user_id is NULL for no user */
    const char *session_state; /* a valid JSON object; may be NULL */
    struct claimed_state claimed;
    const char *metadata; /* a valid JSON object; may be NULL */
    /* send earlier runs to the model; UNSET: as the agent is configured */
    enum choice add_history;
    size_t answer_max_bytes; /* 0 for RUN_CONTENT_MAX_BYTES */
    bool stream;             /* ask the model for a streamed answer */
    bool keeps_events;       /* stores the events with the run, except deltas */
    /* Called with `kept` on the run's loop once the session is loaded, with the number of bytes
     * that the run will hold. If it fails, the run is refused with its error. May be NULL. */
    agentos_status (*hold)(void *kept, size_t bytes, agentos_error *err);
    /* Called with `kept`, which keeps the agent alive, when the run is freed. May be NULL. */
    void (*release)(void *kept);
    void *kept;
};

/* Starts a run. The sink, which may be NULL, is never called before this returns. The run frees
 * itself, so the caller must not use it after the last call of the sink. */
struct run *run_start(const struct run_services *services, const struct run_request *request,
                      const struct run_sink *sink, void *user);

/* Adds a sink for all later events. */
void run_add_sink(struct run *run, const struct run_sink *sink, void *user);
/* Removes the sinks with this user; they are not called again. */
void run_remove_sink(struct run *run, const void *user);

enum run_cancel_cause { RUN_CANCEL_ASKED, RUN_CANCEL_CLIENT_LEFT };

/* Stops the run. The answer so far is saved with status CANCELLED, and the sinks get RunCancelled,
 * RunCompleted and the end. Does nothing if the run is already cancelled or its answer complete. */
void run_cancel(struct run *run, enum run_cancel_cause cause);

/* Pause and resume the model for a slow reader. Unrelated to the status PAUSED. */
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

/* A run: one question to an agent, from its session's history to its durable answer. A small state
 * machine on one loop; it knows neither HTTP nor who may ask. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "agent/agent.h"
#include "loop/busy.h"
#include "run/event.h"
#include "store/run.h"
#include "json/writer.h"

struct run;

/* What runs on one loop share. */
struct run_services {
    struct loop *loop;
    struct client *client;
    struct db *db;
    struct run_index *index; /* all loops' runs, for cancellation */
    struct busy *busy;       /* counts what is under way on this loop */
    /* Once a run, when it is over, whether somebody still follows it or not; may be NULL. */
    void (*on_over)(void *user, const struct run *run);
    void *user; /* of on_over */
};

/* Copied by run_start. */
struct run_request {
    const struct agent *agent; /* outlives the run */
    str message;
    str session_id;              /* empty: a new session */
    struct owner owner;          /* whose session it must be; user_id NULL: nobody's */
    const json_t *session_state; /* an object, or NULL */
    const json_t *metadata;      /* an object, or NULL */
    bool stream;
    bool keeps_events; /* what it tells is stored with it, but for the deltas */
    /* What keeps the agent alive; released when the run is gone. NULL: nothing does. */
    void (*release)(void *kept);
    void *kept;
};

/* All on the loop's thread, never before run_start has returned. Exactly one of on_refused and
 * on_end is called, last; the run is gone after it. */
struct run_observer {
    /* Nothing was sent yet: the session is another user's, the database cannot be read. */
    void (*on_refused)(void *user, const agentos_error *err);
    /* json: one line, valid for the call. */
    void (*on_event)(void *user, enum run_event event, str json);
    /* The run is saved, or its last event says that it could not be. */
    void (*on_end)(void *user, const struct run *run);
};

struct run *run_start(const struct run_services *services, const struct run_request *request,
                      const struct run_observer *observer, void *user);

/* Stop: the partial answer is saved with status CANCELLED. `forget`: the observer is gone and hears
 * nothing more; otherwise it gets RunCancelled and on_end. Idempotent. */
void run_cancel(struct run *run, bool forget);

void run_pause(struct run *run); /* the reader is slow: the model waits */
void run_resume(struct run *run);

const char *run_id(const struct run *run);
const char *run_agent_id(const struct run *run);

/* "RUNNING" of a run that was refused, else "COMPLETED", "CANCELLED" or "ERROR". */
const char *run_status(const struct run *run);

/* NULL unless the run could not be saved: then the storage error. */
const agentos_error *run_storage_error(const struct run *run);

/* Why it ended with status ERROR; NULL: it did not. */
const char *run_failure(const struct run *run);

/* The run object of a reply (docs/design/contract.md §3), with the history the model saw. */
void run_write(const struct run *run, writer *w);

#endif

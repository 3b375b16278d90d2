/* A request on its way through the server, on its loop's thread. A handler ends in exactly one of
 * call_reply and the other answers, call_read or call_write (continued on the loop), or call_stream
 * ... call_end. */
#ifndef WEB_CALL_H
#define WEB_CALL_H

#include "auth/scope/isolation.h"
#include "base/refusals.h"
#include "http/form.h"
#include "http/pattern.h"
#include "http/server.h"
#include "web/station.h"
#include "json/problems.h"
#include "json/writer.h"

/* The producer of an answer that takes its time (a run): told when its client has gone and when the
 * client can take more. On the loop's thread. */
struct follower {
    void (*left)(void *user);    /* no answer can be given any more; the call ends after this */
    void (*drained)(void *user); /* what was sent has been taken */
};

struct call {
    struct station *station;
    struct surface *surface;   /* a reference, until the arena goes: what this call is judged by */
    struct quota_share *share; /* what it holds on its caller's account; NULL: nothing */
    struct exchange *exchange;
    const struct request *request;
    const struct route *route; /* NULL until the caller may know of it */
    const struct route *asked; /* the row of its path and method, for the metrics; NULL: none */
    struct params params;
    const struct principal *principal;
    arena *arena;          /* the exchange's: everything here lives in it */
    struct parked *parked; /* waiting for keys; NULL: not (park.h) */
    bool was_parked;       /* it has waited for keys, and does not again */
    uint64_t admitted_ms;  /* when its head was judged, by the loop's clock */
    struct task *task;     /* its input, or under way in the database; NULL: none */
    const void *target;    /* what the row's `target` has found; lives as the surface does */
    const struct follower *follower; /* NULL: none */
    void *followed;                  /* for the follower */
    uint64_t started_ns, number;
    int status;    /* answered, for the log */
    bool has_body; /* it has come */
    bool is_auth_error, is_streaming;
    enum refusal_code refusal; /* what call_fail or call_deny answered; for the log */
};

/* Go on with the surface that is current now, for a decision that must be up to date. What was
 * borrowed from the previous one stays valid until the call's arena goes. */
void call_use_current_surface(struct call *call);

/* From now on the call holds this many open runs and bytes on its caller's account, until it is
 * over and its tasks and run are. false: that is more than one caller may hold, and it was answered
 * with 429. */
MUST_USE bool call_hold(struct call *call, struct quota_amount amount);

/* ---- answering: after any of these the call is gone ---- */

void call_reply(struct call *call, const struct reply *reply);       /* adds CORS headers */
void call_reply_as_is(struct call *call, const struct reply *reply); /* has them: a preflight */
void call_json(struct call *call, int status, str json);
void call_buf(struct call *call, const buf *json); /* 200; 500 when it outgrew its limit */
void call_outgrown(struct call *call);             /* 500: the answer outgrew its limit */
/* 200; when it outgrew its limit, what fill_refusal says of it. */
void call_buf_or(struct call *call, const buf *json,
                 agentos_status (*fill_refusal)(agentos_error *err));
void call_empty(struct call *call, int status); /* without a body, of type JSON: the contract */
void call_fail(struct call *call,
               const agentos_error *err); /* {"detail": message} with the status of err */
void call_invalid(struct call *call, const struct problems *problems); /* 422 */

/* 401 or 403 with its challenge (RFC 6750 §3), or 429, recorded for the audit and counted. scope:
 * what was demanded; NULL: no scope. (denial.c) */
void call_deny(struct call *call, const agentos_error *err, const char *scope);

/* Counts the call as over. Only for one that ends without an answer: the answers do this too. */
void call_over(const struct call *call);

/* Begins a stream of server-sent events, which call_end ends; between them, exchange_send. */
void call_stream(struct call *call);
void call_end(struct call *call);

/* Tells this follower what becomes of the call, one at a time; NULL: nobody any more. The follower
 * must outlive the call, or withdraw. */
void call_follow(struct call *call, const struct follower *follower, void *user);

/* ---- database work ---- */

/* One piece of work and all it needs, in an arena of its own: the client may leave meanwhile.
 * Embed it first in a struct with the inputs and results. */
struct task {
    struct db_job job;
    arena *arena;
    struct call *call; /* NULL: the client left */
    struct busy *busy;
    agentos_status (*run)(struct db_conn *conn, struct task *task, agentos_error *err);
    void (*then)(struct call *call,
                 struct task *task); /* only when run succeeded, else call_fail */
    /* NULL, or as in struct db_job: whether the client is still there or not. */
    void (*committed)(struct task *task);
    const struct rendering *rendering; /* of call_render; NULL: `then` answers */
    arena *scratch;                    /* while it reads and writes; NULL before and after */
    buf body;                          /* what it has written */
};

/* How an answer is read and written on a database thread, so that a long one does not hold up the
 * loop. What is read goes to task->scratch, which is gone before the loop has the task again. */
struct rendering {
    agentos_status (*read)(struct db_conn *conn, struct task *task, agentos_error *err);
    void (*write)(struct task *task, writer *w);
    agentos_status (*refuse)(agentos_error *err); /* fails: the answer is too long */
};

/* A zeroed task of this size (that of the embedding struct), which is then the call's. It keeps the
 * call's surface alive. */
void *call_task(struct call *call, size_t size);

/* Give the task to a reader of the database (call_search: to the one that may look at every row),
 * or to its writer. `run` is called on a database thread, `then` on the loop if the client is still
 * there and run succeeded; a failed run is answered with its error. The task is freed afterwards.
 */
void call_read(struct task *task,
               agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
               void (*then)(struct call *, struct task *));
void call_search(struct task *task,
                 agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
                 void (*then)(struct call *, struct task *));
/* Answers 200 with what the rendering writes. It is borrowed until then. */
void call_render(struct task *task, enum db_read_kind kind, const struct rendering *rendering);
void call_write(struct task *task,
                agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
                void (*then)(struct call *, struct task *));

/* The record that the row's input was read into, which is the call's task. */
void *call_input(struct call *call);

/* Give up a task that has not been started. call_refuse answers too: with the problems if there are
 * any, else with err. */
void call_drop(struct call *call, struct task *task);
void call_refuse(struct call *call, struct task *task, const struct problems *problems,
                 const agentos_error *err);

/* Reads the request's query into the task, by a table over the struct that embeds it. false: the
 * problems say why, or err where there are none. */
struct param;
MUST_USE bool call_query(const struct call *call, const struct param *table, struct task *task,
                         struct problems *problems, agentos_error *err);

/* ---- what callers may see ---- */

/* Whether the caller reaches only rows of their own. */
enum isolation call_isolation(const struct call *call);

/* Whose rows this caller reads, changes and deletes, once the scope has allowed it: everyone's, or
 * only their own. Copied to the arena of a task: the client may leave while the task runs, and the
 * principal goes with the call. */
struct owner call_reader(const struct call *call, arena *a);

#endif

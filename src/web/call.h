/* A call: one request on its way through the server, on its loop's thread. No function here blocks.
 * A handler ends in exactly one of three ways: it answers with call_reply or one of the functions
 * like it, it continues later on the loop by call_read, call_search or call_write, or it begins a
 * stream with call_stream, which call_end ends. */
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

/* The producer of an answer that takes time, such as a run. It is told when its client has left and
 * when its client can take more. Both functions are called on the loop's thread. */
struct follower {
    void (*left)(void *user); /* no answer can be given any more; the call ends when this returns */
    void (*drained)(void *user); /* the client has taken everything that was sent */
};

struct call {
    struct station *station;
    /* the edition by which the call is judged; a reference that is released with the arena */
    struct surface *surface;
    /* the call's share of its caller's quota; NULL if it holds nothing */
    struct quota_share *share;
    struct exchange *exchange;
    const struct request *request;
    const struct route *route; /* NULL until the caller may know that the row exists */
    /* the row of the path and the method, for the metrics; NULL if there is none */
    const struct route *asked;
    struct params params;
    const struct principal *principal;
    arena *arena;          /* the exchange's arena, in which everything here is allocated */
    struct parked *parked; /* set while the call waits for keys (park.h) */
    bool was_parked;       /* the call has waited for keys and does not wait again */
    uint64_t admitted_ms;  /* the time by the loop's clock at which the head was judged */
    struct task *task;     /* the input, or the database work under way; NULL if there is none */
    /* the object that the row's `target` has found; lives as long as the surface */
    const void *target;
    const struct follower *follower; /* may be NULL */
    void *followed;                  /* passed to the follower */
    uint64_t started_ns, number;
    int status;    /* the status of the answer, for the log */
    bool has_body; /* the body has been read */
    bool is_auth_error, is_streaming;
    /* the code of the refusal that call_fail or call_deny has answered, for the log */
    enum refusal_code refusal;
};

/* Switches the call to the current surface, for a decision that must be up to date. Objects that
 * were borrowed from the previous surface stay valid until the call's arena is freed. The call must
 * not have a task. */
void call_use_current_surface(struct call *call);

/* Sets how many open runs and bytes the call holds of its caller's quota. They are held until the
 * call is over and its tasks and its run have ended. Returns false if that exceeds the quota of one
 * caller; the call has been answered with 429 then. */
MUST_USE bool call_hold(struct call *call, struct quota_amount amount);

/* ---- answering; the call is gone when any of these functions returns ---- */

void call_reply(struct call *call, const struct reply *reply); /* adds the CORS headers */
/* adds no headers, for a preflight, which has them already */
void call_reply_as_is(struct call *call, const struct reply *reply);
void call_json(struct call *call, int status, str json);
/* answers 200, or 500 if the text has outgrown its limit */
void call_buf(struct call *call, const buf *json);
void call_outgrown(struct call *call); /* answers 500, because the answer has outgrown its limit */
/* Answers 200 with the text, or with the error that fill_refusal fills in if the text has outgrown
 * its limit. */
void call_buf_or(struct call *call, const buf *json,
                 agentos_status (*fill_refusal)(agentos_error *err));
/* answers without a body, but with the JSON type that the contract demands */
void call_empty(struct call *call, int status);
/* Answers {"detail": MESSAGE} with the HTTP status of the error. The message of an INTERNAL
 * error is only logged. */
void call_fail(struct call *call, const agentos_error *err);
/* answers 422 with the problems */
void call_invalid(struct call *call, const struct problems *problems);

/* Answers 401 or 403 with a challenge (RFC 6750 §3), or 429, counts the denial and records it for
 * the audit log. `scope` is the scope that was demanded and may be NULL. Defined in denial.c. */
void call_deny(struct call *call, const agentos_error *err, const char *scope);

/* Counts the call as over. Only for a call that ends without an answer, because the functions that
 * answer do this themselves. */
void call_over(const struct call *call);

/* call_stream begins a stream of server-sent events, which exchange_send sends and call_end ends.
 * The call is gone when call_end returns. */
void call_stream(struct call *call);
void call_end(struct call *call);

/* Sets the follower that is told what happens to the call, of which there can be only one. NULL
 * removes it. The follower must outlive the call or remove itself. */
void call_follow(struct call *call, const struct follower *follower, void *user);

/* ---- database work ---- */

/* One piece of database work and all data that it needs, in an arena of its own, because the client
 * may leave meanwhile. A struct with the inputs and results embeds it as its first member. */
struct task {
    struct db_job job;
    arena *arena;
    struct call *call; /* NULL if the client has left */
    struct busy *busy;
    agentos_status (*run)(struct db_conn *conn, struct task *task, agentos_error *err);
    /* Called on the loop if run succeeded; otherwise the error is answered. */
    void (*then)(struct call *call, struct task *task);
    /* May be NULL. Called after COMMIT as in struct db_job, whether the client is still there or
     * not. */
    void (*committed)(struct task *task);
    const struct rendering *rendering; /* of call_render; NULL if `then` answers */
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

/* Returns a new, zeroed task of this size, which is that of the embedding struct. The call owns it.
 * It keeps the call's surface and share of the quota alive. */
void *call_task(struct call *call, size_t size);

/* Hand the task to a reader thread of the database (call_search: to the thread for reads that may
 * look at every row), or to its writer thread. `run` is called on that thread. `then` is called on
 * the loop if the client is still there and run succeeded; a failed run is answered with its error.
 * The task is freed afterwards. */
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

/* Returns the record that the row's input was read into, which is the call's task. */
void *call_input(struct call *call);

/* call_drop frees a task that has not been started. call_refuse does the same, and then answers
 * with the problems if there are any, or else with err. */
void call_drop(struct call *call, struct task *task);
void call_refuse(struct call *call, struct task *task, const struct problems *problems,
                 const agentos_error *err);

/* Reads the request's query into the struct that embeds the task, by a table of its members.
 * Returns false if the query is faulty: the problems say why, or err if there are no problems. */
struct param;
MUST_USE bool call_query(const struct call *call, const struct param *table, struct task *task,
                         struct problems *problems, agentos_error *err);

/* ---- the data that callers may reach ---- */

/* Returns whether the caller reaches only their own rows. */
enum isolation call_isolation(const struct call *call);

/* Returns the owner of the rows that this caller may read, change and delete, once the scope has
 * permitted it: everyone or only the caller. The texts are copied to the arena of a task, because
 * the client may leave while the task runs, and the principal is freed with the call. The result is
 * a zeroed owner, who reaches nothing, if the token has no user but must have one. */
struct owner call_reader(const struct call *call, arena *a);

#endif

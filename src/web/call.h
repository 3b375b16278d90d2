/* One request on its way through us. A handler ends in exactly one of call_reply and its kin,
 * call_fail, call_read/call_write (continued on the loop) or call_stream ... call_end. */
#ifndef WEB_CALL_H
#define WEB_CALL_H

#include "auth/scope/isolation.h"
#include "base/refusals.h"
#include "http/form.h"
#include "http/pattern.h"
#include "http/server.h"
#include "web/station.h"
#include "json/problems.h"

/* Who fills an answer that takes its time (a run): told when its client has gone and when the
 * client can take more. On the loop's thread. */
struct follower {
    void (*left)(void *user);    /* no answer can be given any more; the call ends after this */
    void (*drained)(void *user); /* what was sent has been taken */
};

struct call {
    struct station *station;
    struct surface *surface; /* a reference, until the arena goes: what this call is judged by */
    struct exchange *exchange;
    const struct request *request;
    const struct route *route; /* NULL until the caller may know of it */
    struct params params;
    const struct principal *principal;
    arena *arena;                    /* the exchange's: everything here lives in it */
    struct parked *parked;           /* waiting for keys; NULL: not (park.h) */
    bool was_parked;                 /* once is enough */
    uint64_t admitted_ms;            /* when its head was judged, by the loop's clock */
    struct task *task;               /* under way on a database thread; NULL: none */
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

/* ---- answering: after any of these the call is gone ---- */

void call_reply(struct call *call, const struct reply *reply);       /* adds CORS headers */
void call_reply_as_is(struct call *call, const struct reply *reply); /* has them: a preflight */
void call_json(struct call *call, int status, str json);
void call_buf(struct call *call, const buf *json); /* 200; 500 when it outgrew its limit */
void call_empty(struct call *call, int status);    /* without a body, of type JSON: the contract */
void call_fail(struct call *call,
               const agentos_error *err); /* {"detail": message} under the status' code */
void call_invalid(struct call *call, const struct problems *problems); /* 422 */

/* 401 or 403 with its challenge (RFC 6750 §3), or 429, and noted for the audit. scope: what was
 * asked, or NULL. (denial.c) */
void call_deny(struct call *call, const agentos_error *err, const char *scope);

/* It ended without an answer of ours; what else ends a call does this by itself. */
void call_over(const struct call *call);

/* A stream of server-sent events; ends in call_end. */
void call_stream(struct call *call);
void call_end(struct call *call);

/* Tell this follower what becomes of the call; NULL: nobody any more. It must outlive the call, or
 * withdraw. */
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
};

/* A zeroed task of this size (sizeof the embedding struct). It keeps the call's surface alive. */
void *call_task(struct call *call, size_t size);
void call_read(struct task *task,
               agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
               void (*then)(struct call *, struct task *));
void call_write(struct task *task,
                agentos_status (*run)(struct db_conn *, struct task *, agentos_error *),
                void (*then)(struct call *, struct task *));

/* Give a task up before it was started; call_refuse answers too: the problems if there are any,
 * else err. */
void call_drop(struct call *call, struct task *task);
void call_refuse(struct call *call, struct task *task, const struct problems *problems,
                 const agentos_error *err);

/* The request's query into the task, by a table over the struct that embeds it. false: the
 * problems, or err where there are none, say why. */
struct param;
MUST_USE bool call_query(const struct call *call, const struct param *table, struct task *task,
                         struct problems *problems, agentos_error *err);

/* ---- what callers may see ---- */

/* Is this caller pinned to what is his? */
enum isolation call_isolation(const struct call *call);

/* Whose rows this caller reads, changes and deletes, once the scope allowed it: all, or when he is
 * pinned, his. Copied to a task's arena: the client may leave, and the principal with him, while
 * the task runs.
 */
struct owner call_reader(const struct call *call, arena *a);

#endif
